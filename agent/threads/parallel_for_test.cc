#include "agent/threads/parallel_for.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace idlewarden::agent {
namespace {

TEST(ParallelForTest, CallsEachTaskOnce) {
  for (const size_t threads : {0, 1, 2, 7}) {
    for (const size_t count : {0, 1, 5, 1000}) {
      std::vector<std::atomic<int>> calls(count);
      ParallelFor(threads, count, [&](size_t i) { ++calls[i]; });
      for (size_t i = 0; i < count; ++i) EXPECT_EQ(calls[i], 1) << threads << " threads, task " << i << " of " << count;
    }
  }
}

TEST(ParallelForTest, WithOneThreadAllIsDoneHereAndInOrder) {
  std::vector<size_t> order;
  std::set<std::thread::id> ids;
  ParallelFor(1, 5, [&](size_t i) {
    order.push_back(i);
    ids.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(ids, std::set<std::thread::id>{std::this_thread::get_id()});
}

// Each of two tasks waits for the other to have begun.
TEST(ParallelForTest, TasksRunAtOnce) {
  std::atomic<int> begun = 0;
  ParallelFor(2, 2, [&](size_t) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
  });
  EXPECT_EQ(begun, 2);
}

TEST(ParallelForTest, LittleWorkGetsNoThreads) {
  EXPECT_EQ(ForEachOnAllCores(1000), nullptr);
  if (const auto for_each = ForEachOnAllCores(1'000'000); CoreCount() > 1) {
    ASSERT_NE(for_each, nullptr);
    std::atomic<size_t> sum = 0;
    for_each(100, [&](size_t i) { sum += i; });
    EXPECT_EQ(sum, 4950u);
  }
}

TEST(ParallelForTest, ThereIsACore) { EXPECT_GE(CoreCount(), 1u); }

}  // namespace
}  // namespace idlewarden::agent
