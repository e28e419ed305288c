// The audit records of pairs that are not closed, on the whole agent below the control plane.

#include "agent/loop/records/suppression_audit.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/ledger/audit_chain.h"
#include "agent/loop/records/changed_servers.h"
#include "agent/loop/records/suppression_record.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/simulated/simulated_server.h"
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
  SuppressionAudit audit(ledger, "ams-1", /*most_per_cycle=*/3);
  std::vector<int64_t> written;
  const CycleView* before = nullptr;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(audit.Write(*cycle, ChangedServers(before, *cycle)).ok());
    before = cycle.get();
    written.push_back(*VerifyAudit(ledger.database()));
  }
  EXPECT_THAT(written, ElementsAre(3, 6, 7, 7));
}

// On a server where a close ends all of a client's sessions.
TEST_F(RefusalAuditTest, ARecordHasTheWholeScopeAndCountsTheOthersInIt) {
  fixture_.policy =
      "version: 1\nlimits: {max_closes_per_cycle: 1}\nrules:\n"
      "  - {name: old-ones, when: {age: 1h, open_files: {at_least: 0}}, close_active: true, mode: enforce}\n";
  fixture_.Start();
  SimulatedServer& server = fixture_.AddServer("fs01", {.samba_like = true});
  server.AddSession("10.0.0.1", "alice", 0, 7200);
  server.AddSession("10.0.0.1", "young", 0, 5);  // for its sake alice is kept
  for (const char* client : {"10.0.0.2", "10.0.0.3"}) {
    server.AddSession(client, "bob", 0, 7200);
    server.AddSession(client, "bob", 0, 7300);
    server.AddSession(client, "carol", 0, 7200);
  }
  Run(absl::Minutes(1));
  const auto refused = Records("refused");
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].user, "alice");
  EXPECT_EQ(refused[0].message, "collateral");
  EXPECT_EQ(refused[0].collateral, 1);
  ASSERT_THAT(refused[0].sessions, SizeIs(2));
  EXPECT_EQ(refused[0].sessions[1].user, "young");
  const auto held = Records("held");
  ASSERT_THAT(held, SizeIs(4));
  for (const AuditRecord& record : held) {
    EXPECT_THAT(record.sessions, SizeIs(3));
    EXPECT_EQ(record.collateral, record.user == "bob" ? 1 : 2);
  }
}

// Each of its pairs would list all the others: what is listed is bounded, and who keeps the rest comes first.
TEST_F(RefusalAuditTest, ARecordOfACrowdedTerminalServerListsSomeAndCountsAll) {
  fixture_.policy =
      "version: 1\nrules:\n"
      "  - {name: old-ones, when: {age: 1h, open_files: {at_least: 0}}, close_active: true, mode: enforce}\n";
  fixture_.Start();
  SimulatedServer& server = fixture_.AddServer("fs01", {.samba_like = true});
  for (int i = 0; i < 200; ++i) server.AddSession("10.0.0.1", absl::StrCat("user", i), 0, 7200);
  server.AddSession("10.0.0.1", "young", 0, 5);
  Run(absl::Minutes(1));
  const auto refused = Records("refused");
  ASSERT_THAT(refused, SizeIs(200));
  for (const AuditRecord& record : refused) {
    EXPECT_EQ(record.collateral, 200);
    ASSERT_THAT(record.sessions, SizeIs(1 + SuppressionRecords::kMostOthers));
    EXPECT_EQ(record.sessions[0].user, record.user);
    EXPECT_EQ(record.sessions[1].user, "young");
  }
}

// What SuppressionAudit writes about one cycle after another, with a small bound.
class ManyRefusalsTest : public RefusalAuditTest {
 protected:
  static constexpr size_t kMostPairs = 6;

  ManyRefusalsTest() {
    Start();
    for (const char* name : {"fs01", "fs02"}) servers_.push_back(&fixture_.AddServer(name));
    AddIdle(*servers_[1], 2);
  }
  void AddIdle(SimulatedServer& server, int count) {
    for (int i = 0; i < count; ++i, ++users_) {
      server.AddSession(absl::StrCat("10.0.0.", users_), absl::StrCat("u", users_), 1900, 7200, 0);
    }
  }
  void Remove(SimulatedServer& server, int user) {
    ASSERT_EQ(server.RemoveSessions(absl::StrCat("10.0.0.", user), absl::StrCat("u", user)), 1);
  }
  // The records that come with the next cycle: server, and user or count.
  std::vector<std::string> Written() {
    Run(absl::Minutes(6));
    const std::shared_ptr<const CycleView> cycle = fixture_.view()->cycle;
    EXPECT_TRUE(audit_.Write(*cycle, ChangedServers(before_.get(), *cycle)).ok());
    before_ = cycle;
    std::vector<std::string> records;
    EXPECT_TRUE(ExportAudit(ledger_.database(), {}, [&](int64_t seq, const std::string& json) {
                  if (seq <= seen_) return;
                  seen_ = seq;
                  const AuditRecord record = *ParseAuditRecord(json);
                  EXPECT_EQ(record.message, "limit-cycle");
                  EXPECT_EQ(record.rule, "idle-ones");
                  EXPECT_EQ(record.sessions.size(), record.pairs > 0 ? 0u : 1u);
                  records.push_back(absl::StrCat(record.server, ": ", record.user));
                  if (record.pairs > 0) absl::StrAppend(&records.back(), record.pairs, " pairs");
                }).ok());
    return records;
  }

  std::vector<SimulatedServer*> servers_;
  int users_ = 0;
  Ledger ledger_ = *Ledger::OpenInMemory();
  SuppressionAudit audit_{ledger_, "ams-1", SuppressionAudit::kMostPerCycle, kMostPairs};
  std::shared_ptr<const CycleView> before_;
  int64_t seen_ = 0;
};

TEST_F(ManyRefusalsTest, BeyondTheBoundThereIsOneRecordAServerUntilTheyDouble) {
  AddIdle(*servers_[0], 4);
  EXPECT_THAT(Written(), SizeIs(6));  // one a pair
  AddIdle(*servers_[0], 1);
  EXPECT_THAT(Written(), UnorderedElementsAre("fs01: 5 pairs", "fs02: 2 pairs"));
  EXPECT_THAT(Written(), IsEmpty());
  AddIdle(*servers_[0], 4);  // nine
  EXPECT_THAT(Written(), IsEmpty());
  AddIdle(*servers_[0], 1);
  EXPECT_THAT(Written(), ElementsAre("fs01: 10 pairs"));
}

TEST_F(ManyRefusalsTest, HalfAsManyHaveRecordsOfTheirOwnAgain) {
  AddIdle(*servers_[0], 5);  // u2 to u6
  EXPECT_THAT(Written(), UnorderedElementsAre("fs01: 5 pairs", "fs02: 2 pairs"));
  for (const int user : {2, 3, 4}) Remove(*servers_[0], user);
  EXPECT_THAT(Written(), IsEmpty());
  Remove(*servers_[0], 5);
  EXPECT_THAT(Written(), UnorderedElementsAre("fs01: u6", "fs02: u0", "fs02: u1"));
}

TEST_F(ManyRefusalsTest, AMassMistakeCostsARecordAServer) {
  for (int s = 0; s < 100; ++s) AddIdle(fixture_.AddServer(absl::StrCat("more", s)), 10);
  EXPECT_THAT(Written(), SizeIs(101));
  EXPECT_THAT(Written(), IsEmpty());
}

}  // namespace
}  // namespace idlewarden::agent
