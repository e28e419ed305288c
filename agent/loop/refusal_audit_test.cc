// The audit records of pairs that are not closed, on the whole agent below the control plane.

#include "agent/loop/refusal_audit.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/ledger/audit_chain.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/simulated_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class RefusalAuditTest : public ::testing::Test {
 protected:
  void Start(const std::string& more = "") {
    fixture_.policy = absl::StrCat("version: 1\nlimits: {max_closes_per_cycle: 2}\n", more,
                                   "rules:\n  - {name: idle-ones, when: {idle: 30m}, mode: enforce}\n");
    fixture_.Start();
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }
  std::vector<AuditRecord> Records(const std::string& outcome) {
    std::vector<AuditRecord> records;
    EXPECT_TRUE(ExportAudit(fixture_.ledger().database(), {.outcome = outcome}, [&](int64_t, const std::string& json) {
                  records.push_back(*ParseAuditRecord(json));
                }).ok());
    return records;
  }
  std::vector<std::string> Users(const std::string& outcome) {
    std::vector<std::string> users;
    for (const AuditRecord& record : Records(outcome)) users.push_back(record.user);
    return users;
  }

  SimulatedEventLoop loop_;
  AgentFixture fixture_{loop_};
};

TEST_F(RefusalAuditTest, AHeldPairIsRecordedWhenItBeginsToBeHeld) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  for (int i = 0; i < 3; ++i) server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("u", i), 1900, 7200, 0);
  Run(absl::Hours(1));  // many cycles
  const auto records = Records("held");
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0].message, "limit-cycle");
  EXPECT_EQ(records[0].rule, "idle-ones");
  EXPECT_EQ(records[0].mode, "enforce");
  EXPECT_EQ(records[0].server, "fs01");
  EXPECT_NE(records[0].plan_id, "");
  EXPECT_NE(records[0].required, "");
  ASSERT_THAT(records[0].sessions, SizeIs(1));
  EXPECT_GE(*records[0].sessions[0].idle_seconds, 1900);
  server.AddSession("10.0.0.9", "late", 1900, 7200);
  Run(absl::Minutes(10));
  EXPECT_THAT(Users("held"), SizeIs(4));
  EXPECT_EQ(*VerifyAudit(fixture_.ledger().database()), 4);
}

TEST_F(RefusalAuditTest, WhatBeginsAgainIsRecordedAgain) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  for (int i = 0; i < 3; ++i) server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("u", i), 1900, 7200, 0);
  Run(absl::Minutes(1));
  server.Touch("10.0.0.1", "u0");
  ASSERT_TRUE(fixture_.agent().overrides().Pause({}).ok());  // the two that are left stay
  Run(absl::Minutes(10));
  EXPECT_THAT(Users("held"), SizeIs(3));
  Run(absl::Minutes(40));  // u0 is idle for long once more: all three are held again
  EXPECT_THAT(Users("held"), SizeIs(6));
}

TEST_F(RefusalAuditTest, ExemptPairsAndCollateralOnesAreRefused) {
  Start("protect:\n  - {name: staff, when: {users: [boss]}}\n");
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.AddSession("10.0.0.2", "twin", 1900, 7200);
  server.AddSession("10.0.0.2", "twin", 5, 7200);
  server.AddSession("10.0.0.3", "boss", 1900, 7200);  // protected: the policy itself keeps it
  ASSERT_TRUE(fixture_.agent()
                  .overrides()
                  .AddExemption({.users = {"alice"}, .by = "carol", .expires = loop_.Now() + absl::Hours(9)})
                  .ok());
  Run(absl::Minutes(20));
  std::vector<std::string> refused;
  for (const AuditRecord& record : Records("refused")) refused.push_back(record.user + " " + record.message);
  EXPECT_THAT(refused, UnorderedElementsAre("alice exempt", "twin collateral"));
}

TEST_F(RefusalAuditTest, AnAgentThatOnlyObservesRefusesNobody) {
  fixture_.options.observe_only = true;
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.2", "twin", 1900, 7200);
  server.AddSession("10.0.0.2", "twin", 5, 7200);
  Run(absl::Minutes(20));
  EXPECT_THAT(Users("refused"), IsEmpty());
}

TEST_F(RefusalAuditTest, WhatCouldNotBeWrittenIsWrittenLater) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  for (int i = 0; i < 3; ++i) server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("u", i), 1900, 7200, 0);
  ASSERT_TRUE(fixture_.ledger().database().Execute("PRAGMA query_only = ON").ok());
  Run(absl::Minutes(10));
  EXPECT_THAT(Users("held"), IsEmpty());
  ASSERT_TRUE(fixture_.ledger().database().Execute("PRAGMA query_only = OFF").ok());
  Run(absl::Minutes(10));
  EXPECT_THAT(Users("held"), SizeIs(3));
}

TEST_F(RefusalAuditTest, TooManyFollowWithTheNextCycles) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  for (int i = 0; i < 7; ++i) server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("u", i), 1900, 7200, 0);
  Run(absl::Minutes(1));
  const std::shared_ptr<const CycleView> cycle = fixture_.view()->cycle;
  ASSERT_EQ(fixture_.view()->held.pairs, 7u);
  auto ledger = *Ledger::OpenInMemory();
  RefusalAudit audit(ledger, "ams-1", /*most_per_cycle=*/3);
  std::vector<int64_t> written;
  const CycleView* before = nullptr;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(audit.Write(before, *cycle).ok());
    before = cycle.get();
    written.push_back(*VerifyAudit(ledger.database()));
  }
  EXPECT_THAT(written, ElementsAre(3, 6, 7, 7));
}

}  // namespace
}  // namespace idlewarden::agent
