#include "agent/loop/records/cycle_summaries.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/ledger/cycle_records.h"
#include "agent/ledger/ledger.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class CycleSummariesTest : public ::testing::Test {
 protected:
  void Cycle(const std::string& plan, size_t held, size_t keep, absl::Time at) {
    policy::Plan made{.id = plan, .policy_hash = "aa", .at = at};
    made.sessions_by_decision[static_cast<size_t>(policy::Decision::kHeld)] = held;
    made.sessions_by_decision[static_cast<size_t>(policy::Decision::kKeep)] = keep;
    EXPECT_TRUE(summaries_.OnCycle(made, SteadyTime() + (at - kStart)).ok());
  }

  std::string Written() {
    std::string written;
    EXPECT_TRUE(ReadCycles(ledger_.database(), absl::InfinitePast(), [&](const CycleRecord& cycle) {
                  absl::StrAppend(&written, cycle.plan_id, " held ", cycle.held, " keep ", cycle.keep, "; ");
                }).ok());
    return written;
  }

  Ledger ledger_ = *Ledger::OpenInMemory();
  CycleSummaries summaries_{ledger_, "ams-1"};
};

TEST_F(CycleSummariesTest, WritesWhatChangedAtMostOnceAMinute) {
  Cycle("p1", 0, 10, kStart);
  Cycle("p2", 0, 7, kStart + absl::Seconds(59));  // too soon
  EXPECT_EQ(Written(), "p1 held 0 keep 10; ");
  Cycle("p2", 0, 8, kStart + absl::Seconds(60));
  Cycle("p2", 0, 8, kStart + absl::Minutes(5));  // nothing changed
  Cycle("p2", 0, 9, kStart + absl::Minutes(6));
  EXPECT_EQ(Written(), "p1 held 0 keep 10; p2 held 0 keep 8; p2 held 0 keep 9; ");
}

TEST_F(CycleSummariesTest, APlanThatHoldsSomethingIsWrittenOnceASecondAfterTheLast) {
  Cycle("p1", 0, 10, kStart);
  Cycle("p2", 3, 7, kStart + absl::Seconds(1));
  Cycle("p3", 4, 6, kStart + absl::Milliseconds(1900));  // too soon
  Cycle("p2", 3, 7, kStart + absl::Seconds(3));          // again
  EXPECT_EQ(Written(), "p1 held 0 keep 10; p2 held 3 keep 7; ");
  Cycle("p3", 4, 6, kStart + absl::Seconds(4));
  Cycle("p3", 4, 5, kStart + absl::Seconds(6));  // the same plan
  EXPECT_EQ(Written(), "p1 held 0 keep 10; p2 held 3 keep 7; p3 held 4 keep 6; ");
}

TEST_F(CycleSummariesTest, APlanThatIsOnRecordIsWrittenHoweverFastPlansChange) {
  Cycle("p1", 1, 10, kStart);
  for (int plan = 2; plan < 6; ++plan) {
    Cycle(absl::StrCat("p", plan), plan, 10, kStart + absl::Milliseconds(100 * plan));
  }
  EXPECT_EQ(Written(), "p1 held 1 keep 10; ");
  for (const char* plan : {"p3", "p5", "p1", "of another run"}) {
    ASSERT_TRUE(ledger_.WriteRefusal({.user = "alice", .plan_id = plan, .outcome = "closed"}).ok());
  }
  Cycle("p6", 6, 10, kStart + absl::Milliseconds(600));
  EXPECT_EQ(Written(), "p1 held 1 keep 10; p3 held 3 keep 10; p5 held 5 keep 10; ");
  ASSERT_TRUE(ledger_.WriteRefusal({.user = "bob", .plan_id = "p6", .outcome = "held"}).ok());
  Cycle("p6", 6, 10, kStart + absl::Milliseconds(800));
  Cycle("p6", 6, 10, kStart + absl::Seconds(5));
  EXPECT_EQ(Written(), "p1 held 1 keep 10; p3 held 3 keep 10; p5 held 5 keep 10; p6 held 6 keep 10; ");
}

TEST_F(CycleSummariesTest, AnErrorIsToldAndTheNextCycleTriesAgain) {
  ASSERT_TRUE(ledger_.database().Execute("PRAGMA query_only=1").ok());
  const policy::Plan plan{.id = "p1", .policy_hash = "aa", .at = kStart};
  EXPECT_FALSE(summaries_.OnCycle(plan, SteadyTime()).ok());
  ASSERT_TRUE(ledger_.database().Execute("PRAGMA query_only=0").ok());
  Cycle("p1", 0, 1, kStart + absl::Seconds(1));
  EXPECT_EQ(Written(), "p1 held 0 keep 1; ");
}

// On the whole agent below the control plane.
TEST(CycleSummariesInTheAgentTest, ThePlanOfACloseIsFound) {
  SimulatedEventLoop loop;
  AgentFixture fixture(loop);
  fixture.policy = "version: 1\nrules:\n  - {name: idle-ones, when: {idle: 30m}, mode: enforce}\n";
  fixture.Start();
  SimulatedServer& server = fixture.AddServer("fs01");
  for (int i = 0; i < 3; ++i) server.AddSession(absl::StrCat("10.0.0.", i), absl::StrCat("u", i), 1770 + 5 * i, 7200);
  loop.AdvanceBy(absl::Minutes(1));  // the first cycle closes nothing
  std::map<std::string, int64_t> closing;
  ASSERT_TRUE(ReadCycles(fixture.ledger().database(), absl::InfinitePast(), [&](const CycleRecord& cycle) {
                closing[cycle.plan_id] = cycle.close;
              }).ok());
  const std::vector<RecentClose> closes = fixture.view()->recent_closes;
  ASSERT_EQ(closes.size(), 3u);
  for (const RecentClose& recent : closes) {
    EXPECT_GT(closing[recent.close.intent.plan_id], 0) << recent.close.intent.user;
  }
}

}  // namespace
}  // namespace idlewarden::agent
