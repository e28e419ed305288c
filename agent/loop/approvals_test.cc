// Holds and their approval, on the whole agent below the control plane.

#include "agent/overrides/approvals.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/ledger/approval_records.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPolicy[] = R"(
version: 1
limits: {max_closes_per_cycle: 3, max_percent_per_server: unlimited}
rules:
  - {name: idle-ones, when: {idle: 30m}, mode: enforce}
)";

const OperatorNote kCarol{.by = "carol", .reason = "looked at it"};

class ApprovalsTest : public ::testing::Test {
 protected:
  void Start(const char* policy = kPolicy) {
    fixture_.policy = policy;
    fixture_.Start();
  }
  // Users u0, u1, … of one client each, idle for long.
  void AddIdle(SimulatedServer& server, int count, int first = 0) {
    for (int i = first; i < first + count; ++i) {
      server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("u", i), 1900, 7200);
    }
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }
  std::string PlanId() { return fixture_.view()->cycle->result.plan.id; }
  size_t Held() { return fixture_.view()->held.pairs; }

  SimulatedEventLoop loop_;
  AgentFixture fixture_{loop_};
};

TEST_F(ApprovalsTest, AHeldPlanIsReleasedByItsId) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  AddIdle(server, 5);
  Run(absl::Minutes(5));
  ASSERT_EQ(Held(), 5u);
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(fixture_.Metric(R"(idlewarden_held_pairs{limit="limit-cycle"})"), "5");
  const std::string plan = PlanId();
  ASSERT_TRUE(fixture_.agent().overrides().Approve(plan, kCarol).ok());
  EXPECT_EQ(Held(), 0u);
  EXPECT_EQ(fixture_.Metric(R"(idlewarden_held_pairs{limit="limit-cycle"})"), "0");
  Run(absl::Seconds(10));
  EXPECT_THAT(server.closes(), SizeIs(5));
  const auto approvals = ReadApprovals(fixture_.ledger().database(), 10);
  ASSERT_THAT(*approvals, SizeIs(1));
  EXPECT_EQ((*approvals)[0].plan_id, plan);
  EXPECT_EQ((*approvals)[0].by, "carol");
  EXPECT_EQ((*approvals)[0].pairs, 5);
  ASSERT_THAT(fixture_.Events("plan-approved"), SizeIs(1));
  EXPECT_EQ(fixture_.Events("plan-approved")[0].Field("by"), "carol");
  Run(absl::Minutes(6));
  EXPECT_EQ(fixture_.view()->overrides.approved_pairs, 0u);  // used up
}

TEST_F(ApprovalsTest, AnIdThatIsNotThePresentHeldPlansChangesNothing) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  EXPECT_EQ(fixture_.agent().overrides().Approve("x", kCarol).code(),
            absl::StatusCode::kFailedPrecondition);  // none yet
  AddIdle(server, 4);
  Run(absl::Minutes(1));
  const std::string old_plan = PlanId();
  AddIdle(server, 1, 4);
  Run(absl::Minutes(5));
  ASSERT_EQ(Held(), 5u);
  ASSERT_NE(PlanId(), old_plan);
  const absl::Status status = fixture_.agent().overrides().Approve(old_plan, kCarol);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(PlanId()));
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing was released"));
  Run(absl::Minutes(5));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_THAT(*ReadApprovals(fixture_.ledger().database(), 10), IsEmpty());
}

TEST_F(ApprovalsTest, SomebodyMustBeNamed) {
  Start();
  AddIdle(fixture_.AddServer("fs01"), 5);
  Run(absl::Minutes(1));
  EXPECT_EQ(fixture_.agent().overrides().Approve(PlanId(), {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Held(), 5u);
}

TEST_F(ApprovalsTest, APlanThatHoldsNothingCannotBeApproved) {
  Start();
  AddIdle(fixture_.AddServer("fs01"), 2);
  ASSERT_TRUE(fixture_.agent().overrides().Pause({.reason = "so that they stay"}).ok());
  Run(absl::Minutes(1));
  const absl::Status status = fixture_.agent().overrides().Approve(PlanId(), kCarol);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no plan is held"));
}

TEST_F(ApprovalsTest, WhatCannotBeRecordedIsNotReleased) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  AddIdle(server, 5);
  Run(absl::Minutes(1));
  ASSERT_TRUE(fixture_.ledger().database().Execute("PRAGMA query_only = ON").ok());
  const absl::Status status = fixture_.agent().overrides().Approve(PlanId(), kCarol);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing was released"));
  Run(absl::Minutes(5));
  EXPECT_THAT(server.closes(), IsEmpty());
}

TEST_F(ApprovalsTest, OnlyThePairsOfTheApprovedPlanGo) {
  fixture_.options.executor.rates = {
      .closes_per_second = 0.01, .burst = 1, .closes_per_second_per_server = 1, .burst_per_server = 1};
  fixture_.options.executor.queue_time_to_live = absl::Hours(5);
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  AddIdle(server, 5);
  Run(absl::Minutes(1));
  ASSERT_TRUE(fixture_.agent().overrides().Approve(PlanId(), kCarol).ok());
  AddIdle(server, 4, 5);  // no operator has seen these
  Run(absl::Minutes(6));
  EXPECT_EQ(Held(), 4u);
  EXPECT_EQ(fixture_.DecisionOf("u4"), "close/matched");
  EXPECT_EQ(fixture_.DecisionOf("u5"), "held/limit-cycle");
  Run(absl::Minutes(30));
  EXPECT_THAT(server.closes(), SizeIs(5));
  EXPECT_EQ(fixture_.OutcomesOf("u5"), "");
}

TEST_F(ApprovalsTest, AnApprovedPairIsStillLookedAtBeforeItsClose) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  AddIdle(server, 5);
  Run(absl::Minutes(1));
  server.Touch("10.0.0.3", "u2");
  ASSERT_TRUE(fixture_.agent().overrides().Approve(PlanId(), kCarol).ok());
  Run(absl::Seconds(20));
  EXPECT_THAT(server.closes(), SizeIs(4));
  EXPECT_EQ(fixture_.OutcomesOf("u2"), "became-active");
}

TEST_F(ApprovalsTest, AnotherPolicyEndsAnApproval) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  AddIdle(server, 5);
  Run(absl::Minutes(1));
  ASSERT_TRUE(fixture_.agent().overrides().Pause({.reason = "so that they stay"}).ok());
  ASSERT_TRUE(fixture_.agent().overrides().Approve(PlanId(), kCarol).ok());
  ASSERT_EQ(Held(), 0u);
  fixture_.policy = absl::StrCat(kPolicy, "  - {name: more, when: {idle: 31m}, mode: enforce}\n");
  ASSERT_TRUE(fixture_.agent().Reload("rpc").changed);
  ASSERT_TRUE(fixture_.agent().overrides().Resume({}).ok());
  Run(absl::Minutes(5));
  EXPECT_EQ(Held(), 5u);
  EXPECT_THAT(server.closes(), IsEmpty());
}

TEST_F(ApprovalsTest, APlanOfThePolicyBeforeIsNotApproved) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  AddIdle(server, 5);
  Run(absl::Minutes(1));
  fixture_.AddServer("fs02");  // nothing is planned before it was tried
  fixture_.policy = absl::StrCat(kPolicy, "  - {name: more, when: {idle: 31m}, mode: enforce}\n");
  ASSERT_TRUE(fixture_.agent().Reload("rpc").changed);
  const absl::Status status = fixture_.agent().overrides().Approve(PlanId(), kCarol);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no longer in force"));
  EXPECT_THAT(*ReadApprovals(fixture_.ledger().database(), 10), IsEmpty());
  Run(absl::Minutes(1));
  ASSERT_TRUE(fixture_.agent().overrides().Approve(PlanId(), kCarol).ok());
}

TEST_F(ApprovalsTest, ALaterPlanWithinTheLimitsGoesByItself) {
  Start();
  SimulatedServer& server = fixture_.AddServer("fs01");
  AddIdle(server, 4);
  Run(absl::Minutes(1));
  ASSERT_EQ(Held(), 4u);
  server.Touch("10.0.0.1", "u0");
  Run(absl::Minutes(6));
  EXPECT_THAT(server.closes(), SizeIs(3));
}

// A policy that matches everything, on a thousand servers.
TEST_F(ApprovalsTest, AMassMistakeClosesNothingBeforeItsApproval) {
  constexpr int kServers = 1000;
  constexpr int kSessions = 20;
  fixture_.options.cycle_delay = absl::Seconds(5);
  fixture_.options.executor.rates = {
      .closes_per_second = 10, .burst = 10, .closes_per_second_per_server = 10, .burst_per_server = 10};
  Start(R"(
version: 1
rules:
  - {name: harmless, when: {idle: 30d}, mode: enforce}
)");
  std::vector<SimulatedServer*> servers;
  for (int s = 0; s < kServers; ++s) {
    servers.push_back(&fixture_.AddServer(absl::StrCat("fs", s)));
    for (int i = 0; i < kSessions; ++i) {
      servers.back()->AddSession(absl::StrCat("10.0.", i, ".1"), absl::StrCat("u", i), i, 7200, i % 3);
    }
  }
  Run(absl::Seconds(30));
  fixture_.policy = R"(
version: 1
rules:
  - {name: everything, when: {age: 1s, open_files: {at_least: 0}}, close_active: true, mode: enforce}
)";
  ASSERT_TRUE(fixture_.agent().Reload("file").changed);
  Run(absl::Minutes(3));
  const auto closes = [&] {
    size_t count = 0;
    for (const SimulatedServer* server : servers) count += server->closes().size();
    return count;
  };
  EXPECT_EQ(closes(), 0u);
  EXPECT_EQ(Held(), size_t{kServers * kSessions});
  const std::vector<std::string> warnings = fixture_.view()->warnings;
  ASSERT_THAT(warnings, SizeIs(1));  // one line for the thousand
  EXPECT_EQ(warnings[0], absl::StrCat("Plan ", PlanId(),
                                      " is held: 20000 closes of 20000 sessions: limit-server "
                                      "(max_percent_per_server) holds 20000 on 1000 servers. If it is right: "
                                      "idlewarden approve ",
                                      PlanId()));
  // It was the limit that held: with an operator's word the same agent closes.
  ASSERT_TRUE(fixture_.agent().overrides().Approve(PlanId(), kCarol).ok());
  Run(absl::Seconds(1));
  EXPECT_GT(closes(), 0u);
}

}  // namespace
}  // namespace idlewarden::agent
