// Decisions and plans do not depend on how servers are spread over threads.

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "policy/compiler/compile.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using Task = std::function<void(size_t)>;

// Thread t takes the tasks t, t + threads, …, the last first.
ForEach OnThreads(size_t threads) {
  return [threads](size_t count, const Task& task) {
    std::vector<std::thread> running;
    for (size_t t = 0; t < threads; ++t) {
      running.emplace_back([=, &task] {
        for (size_t i = count; i-- > 0;) {
          if (i % threads == t) task(i);
        }
      });
    }
    for (std::thread& thread : running) thread.join();
  };
}

TEST(ParallelTest, DecisionsAndPlanAreThoseOfOneThread) {
  size_t planned = 0;
  LookupCache kept;  // with all policies and tables in turn
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const testing::RandomCase made = testing::MakeRandomCase(random, {20, 30, 20});
    const CompileResult compiled = CompilePolicy({"random.yaml", made.Yaml(), nullptr});
    ASSERT_NE(compiled.policy, nullptr) << "seed " << seed;
    const SessionTable table = testing::MakeTable(made.servers, made.hosts);
    CycleInput input{.policy = *compiled.policy, .table = table, .at = made.at};
    const CycleResult alone = RunCycle(input);
    planned += alone.plan.pairs.size();
    for (const size_t threads : {1, 2, 5}) {
      input.for_each = OnThreads(threads);
      input.lookups = &kept;
      const CycleResult spread = RunCycle(input);
      EXPECT_EQ(spread.decisions, alone.decisions) << "seed " << seed << ", threads " << threads;
      EXPECT_EQ(spread.plan.id, alone.plan.id) << "seed " << seed << ", threads " << threads;
      EXPECT_EQ(spread.plan.snapshot_hash, alone.plan.snapshot_hash) << "seed " << seed;
    }
  }
  EXPECT_GT(planned, 0u);
}

}  // namespace
}  // namespace idlewarden::policy
