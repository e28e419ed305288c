// A cycle that takes over from the one before it comes to what a cycle of its own comes to.

#include "policy/planner/earlier_cycle.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "policy/compiler/compile.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using testing::MakeServer;
using testing::MakeSession;

constexpr char kPolicy[] = R"(
version: 1
zone: UTC
limits: {max_closes_per_cycle: 1}
rules:
  - {name: by-day, when: {idle: 30m, during: [{from: "08:00", to: "18:00"}]}, mode: enforce}
)";
const absl::Time kNoon = absl::FromUnixSeconds(1'700'049'600);  // 2023-11-15 12:00 UTC

std::shared_ptr<const CompiledPolicy> Compile(const std::string& text) {
  CompileResult result = CompilePolicy({"policy.yaml", text, nullptr});
  EXPECT_NE(result.policy, nullptr);
  return result.policy;
}

class EarlierCycleTest : public ::testing::Test {
 protected:
  EarlierCycleTest() {
    table_.SetServer(MakeServer("a", {MakeSession("c", "u"), MakeSession("c", "v")}));
    table_.SetServer(MakeServer("b", {MakeSession("c", "w")}));
    first_ = RunCycle(Input(kNoon));
  }

  CycleInput Input(absl::Time at) const { return {.policy = *policy_, .table = table_, .at = at}; }

  // Whether the server is taken over by a cycle at `at`.
  bool TakenOver(const char* server, const CycleInput& input) const {
    const EarlierCycle earlier{before_, first_.before_limits, first_.terms};
    return earlier.Serves(TermsOf(input)) && earlier.Find(table_, *table_.FindServer(server)) != nullptr;
  }

  std::shared_ptr<const CompiledPolicy> policy_ = Compile(kPolicy);
  SessionTable table_;
  SessionTable before_;
  CycleResult first_;
};

TEST_F(EarlierCycleTest, ServersWithTheSameRowsAreTakenOverWithoutTheLimits) {
  before_ = table_;
  ASSERT_EQ(first_.decisions[0][0].decision, Decision::kHeld);
  table_.SetServer(MakeServer("b", {}));
  EXPECT_TRUE(TakenOver("a", Input(kNoon + absl::Minutes(1))));
  EXPECT_FALSE(TakenOver("b", Input(kNoon + absl::Minutes(1))));
  const EarlierCycle earlier{before_, first_.before_limits, first_.terms};
  EXPECT_EQ(earlier.Find(table_, 0)->rows()[0], (SessionDecision{Decision::kClose, Reason::kMatched, 0}));
}

TEST_F(EarlierCycleTest, AStaleOrNewServerIsDecidedAnew) {
  before_ = table_;
  table_.MarkIncomplete("a");
  table_.SetServer(MakeServer("c", {}));
  EXPECT_FALSE(TakenOver("a", Input(kNoon)));
  EXPECT_FALSE(TakenOver("c", Input(kNoon)));
  EXPECT_TRUE(TakenOver("b", Input(kNoon)));
}

TEST_F(EarlierCycleTest, ExemptionsAreTermsLikeOthers) {
  before_ = table_;
  CycleInput exempting = Input(kNoon);
  exempting.exempt = [](const ServerView& server) { return std::vector<bool>(server.size()); };
  exempting.exempt_version = 1;
  const CycleResult first = RunCycle(exempting);
  const EarlierCycle earlier{before_, first.before_limits, first.terms};
  EXPECT_TRUE(earlier.Serves(TermsOf(exempting)));
  ++exempting.exempt_version;  // one was added, or has ended
  EXPECT_FALSE(earlier.Serves(TermsOf(exempting)));
}

TEST_F(EarlierCycleTest, NothingIsTakenOverOnceTheTermsChanged) {
  before_ = table_;
  EXPECT_FALSE(TakenOver("a", Input(kNoon + absl::Hours(8)))) << "the window has closed";
  CycleInput observing = Input(kNoon);
  observing.observe_only = true;
  EXPECT_FALSE(TakenOver("a", observing));
  CycleInput demoted = Input(kNoon);
  demoted.demoted = {true};
  EXPECT_FALSE(TakenOver("a", demoted));
  CycleInput exempting = Input(kNoon);
  exempting.exempt = [](const ServerView& server) { return std::vector<bool>(server.size()); };
  exempting.exempt_version = 1;
  EXPECT_FALSE(TakenOver("a", exempting));
  table_.SetHosts({});
  EXPECT_TRUE(TakenOver("a", Input(kNoon))) << "as before";
  table_.SetHosts({{"pc-1", {}}});
  EXPECT_FALSE(TakenOver("a", Input(kNoon))) << "other addresses of hosts are known";
  table_.SetHosts({});
  const auto other = Compile("version: 1\nrules: [{name: by-day, when: {idle: 31m}}]\n");
  EXPECT_FALSE(TakenOver("a", {.policy = *other, .table = table_, .at = kNoon}));
}

TEST(EarlierCycleProperty, TakingOverChangesNothing) {
  LookupCache kept;  // as the agent has them, too
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const testing::RandomCase made = testing::MakeRandomCase(random, {});
    const CompileResult compiled = CompilePolicy({"random.yaml", made.Yaml(), nullptr});
    ASSERT_NE(compiled.policy, nullptr);
    SessionTable table = testing::MakeTable(made.servers, made.hosts);
    const CycleResult first = RunCycle({.policy = *compiled.policy, .table = table, .at = made.at, .lookups = &kept});
    const SessionTable before = table;
    for (ServerSnapshot server : made.servers) {
      if (random() % 2 == 0) continue;
      if (random() % 4 == 0) table.MarkIncomplete(server.name);
      if (random() % 4 == 0) table.RemoveServer(server.name);
      for (Session& session : server.sessions) session.idle_seconds = static_cast<int64_t>(random() % 20000);
      table.SetServer(server);
    }
    if (random() % 4 == 0) table.SetHosts({});
    CycleInput input{.policy = *compiled.policy, .table = table, .at = made.at + absl::Minutes(random() % 600)};
    const CycleResult anew = RunCycle(input);
    const EarlierCycle earlier{before, first.before_limits, first.terms};
    input.before = &earlier;
    input.lookups = &kept;
    const CycleResult taken_over = RunCycle(input);
    EXPECT_EQ(taken_over.decisions, anew.decisions) << "seed " << seed << "\n" << made.Yaml();
    EXPECT_EQ(taken_over.plan.id, anew.plan.id) << "seed " << seed;
  }
}

}  // namespace
}  // namespace idlewarden::policy
