// The times of `for` across restarts of the agent.

#include "agent/loop/records/match_store.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPolicy[] = R"(
version: 1
rules:
  - {name: patient, when: {idle: 30m}, mode: enforce, for: 20m}
)";

class MatchStoreTest : public ::testing::Test {
 protected:
  MatchStoreTest() {
    fixture_.policy = kPolicy;
    fixture_.Start();
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }
  size_t Kept() { return KeptIn(fixture_.ledger()); }
  static size_t KeptIn(Ledger& ledger) {
    size_t count = 0;
    const auto servers = *ReadMatches(ledger.database());
    for (const auto& [server, matches] : servers) count += matches.matches.size();
    return count;
  }

  SimulatedEventLoop loop_;
  AgentFixture fixture_{loop_};
};

TEST_F(MatchStoreTest, ARestartGoesOnWhereTheSessionIsSurelyTheSame) {
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 1900, 7200);
  Run(absl::Minutes(15));
  ASSERT_EQ(fixture_.DecisionOf("alice"), "pending/for");
  EXPECT_EQ(Kept(), 1u);
  fixture_.Stop();
  Run(absl::Minutes(5));
  fixture_.Restart();
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 1900 + 1200, 7200 + 1200);
  Run(absl::Minutes(1));
  EXPECT_EQ(fixture_.OutcomesOf("alice"), "closed");
}

TEST_F(MatchStoreTest, AClockThatWasSetForwardIsNoWaitAfterARestartEither) {
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 1900, 7200);
  Run(absl::Minutes(1));
  loop_.SetWallClock(absl::Minutes(30));
  Run(absl::Minutes(9));
  fixture_.Stop();
  fixture_.Restart();
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900 + 600, 7200 + 600);
  Run(absl::Minutes(9));
  EXPECT_THAT(server.closes(), IsEmpty());
  Run(absl::Minutes(6));
  EXPECT_THAT(server.closes(), SizeIs(1));
}

TEST_F(MatchStoreTest, ARestartStartsAnewWithAYoungerSession) {
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 1900, 7200);
  Run(absl::Minutes(15));
  fixture_.Stop();
  Run(absl::Minutes(5));
  fixture_.Restart();
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1000, 1000);  // idle for longer than the rule wants in 800 seconds
  Run(absl::Minutes(25));
  EXPECT_THAT(server.closes(), IsEmpty());
}

TEST_F(MatchStoreTest, ALongAbsenceStartsAnew) {
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 1900, 7200);
  Run(absl::Minutes(15));
  fixture_.Stop();
  Run(absl::Hours(2));
  fixture_.Restart();
  EXPECT_EQ(Kept(), 0u);  // removed
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 9000, 15000);
  Run(absl::Minutes(10));
  EXPECT_EQ(fixture_.DecisionOf("alice"), "pending/for");
}

TEST_F(MatchStoreTest, WhatNoLongerMatchesLeavesTheLedger) {
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.AddSession("10.0.0.2", "bob", 1900, 7200);
  Run(absl::Minutes(6));
  ASSERT_EQ(Kept(), 2u);
  server.Touch("10.0.0.1", "alice");
  Run(absl::Minutes(6));
  EXPECT_EQ(Kept(), 1u);
  fixture_.agent().RemoveServer("fs01");
  Run(absl::Minutes(1));
  EXPECT_EQ(Kept(), 0u);
}

TEST_F(MatchStoreTest, WhatCouldNotBeWrittenIsWrittenLater) {
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 1900, 7200);
  ASSERT_TRUE(fixture_.ledger().database().Execute("PRAGMA query_only = ON").ok());
  Run(absl::Minutes(6));
  EXPECT_EQ(Kept(), 0u);
  EXPECT_THAT(fixture_.Events("match-times-not-persisted"), SizeIs(1));
  ASSERT_TRUE(fixture_.ledger().database().Execute("PRAGMA query_only = OFF").ok());
  Run(absl::Minutes(6));
  EXPECT_EQ(Kept(), 1u);
  EXPECT_THAT(fixture_.Events("match-times-persisted"), SizeIs(1));
}

TEST_F(MatchStoreTest, NoMoreThanTheMostIsKept) {
  auto ledger = *Ledger::OpenInMemory();
  MatchStore store(loop_, ledger, /*most=*/3);
  policy::MatchHistory history;
  const auto add = [&](const std::string& server, int count) {
    for (int i = 0; i < count; ++i) {
      history.Restore(server, {.client = "pc", .user = absl::StrCat("u", i), .rule_fingerprint = "f"}, loop_.Now(),
                      loop_.Now(), 1);
    }
    store.Touch(server);
  };
  add("a", 2);
  add("b", 2);
  ASSERT_TRUE(store.Write(history).ok());
  EXPECT_EQ(KeptIn(ledger), 3u);
  history.Forget("a");
  store.Touch("a");
  store.Touch("b");
  ASSERT_TRUE(store.Write(history).ok());
  EXPECT_EQ(KeptIn(ledger), 2u);
}

}  // namespace
}  // namespace idlewarden::agent
