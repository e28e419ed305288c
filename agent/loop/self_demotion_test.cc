#include "agent/overrides/self_demotion.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/simulated/fault_script.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);

class SelfDemotionTest : public ::testing::Test {
 protected:
  // Counts outcomes one a second; true if any of them demoted the rule.
  bool Count(SelfDemotion& demotion, const std::vector<Outcome>& outcomes) {
    bool demoted = false;
    for (const Outcome outcome : outcomes) {
      now_ += absl::Seconds(1);
      demoted |= demotion.Count("kiosks", outcome, SteadyTime() + (now_ - kAt), now_ + absl::Hours(1));
    }
    return demoted;
  }

  absl::Time now_ = kAt;
  SimulatedEventLoop loop_;
  Ledger ledger_ = *Ledger::OpenInMemory();
  LedgerBacklog backlog_{loop_};
  const SelfDemotionOptions options_{.window = absl::Minutes(10), .share = 0.5, .at_least = 4};
  const Outcome ok_ = Outcome::kClosed;
  const Outcome bad_ = Outcome::kSurvived;
};

TEST_F(SelfDemotionTest, DemotesAboveTheShareAndNotAtIt) {
  SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
  EXPECT_FALSE(Count(demotion, {ok_, bad_, ok_, bad_}));
  EXPECT_TRUE(Count(demotion, {bad_}));
  EXPECT_TRUE(demotion.IsDemoted("kiosks"));
  EXPECT_FALSE(demotion.IsDemoted("others"));
  EXPECT_FALSE(Count(demotion, {bad_}));  // once
  ASSERT_THAT(demotion.list(), SizeIs(1));
  EXPECT_EQ(demotion.list()[0].why, "3 of 5 closes within 10m went wrong: 3 survived");
}

TEST_F(SelfDemotionTest, NeedsEnoughCloses) {
  SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
  EXPECT_FALSE(Count(demotion, {bad_, bad_, bad_}));
  EXPECT_TRUE(Count(demotion, {bad_}));
}

TEST_F(SelfDemotionTest, EachKindOfHarmCounts) {
  for (const Outcome outcome : {Outcome::kSurvived, Outcome::kDenied, Outcome::kFailed}) {
    SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
    EXPECT_TRUE(Count(demotion, {outcome, outcome, outcome, outcome})) << OutcomeName(outcome);
  }
  SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
  // Each return belongs to a close that was counted before.
  EXPECT_FALSE(Count(demotion, {ok_, Outcome::kReturned, ok_, Outcome::kReturned, ok_, ok_}));
  EXPECT_TRUE(Count(demotion, {Outcome::kReturned}));
  EXPECT_EQ(demotion.list()[0].why, "3 of 4 closes within 10m went wrong: 3 returned");
}

TEST_F(SelfDemotionTest, WhatWasNoCloseDoesNotCount) {
  SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
  EXPECT_FALSE(Count(demotion, {bad_, bad_, bad_, Outcome::kGoneAlready, Outcome::kBecameActive, Outcome::kExpired}));
}

TEST_F(SelfDemotionTest, TheWindowMovesOn) {
  SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
  EXPECT_FALSE(Count(demotion, {bad_, bad_, bad_}));
  now_ += absl::Minutes(10) - absl::Seconds(1);  // the first of them is just out of the window at the next
  EXPECT_FALSE(Count(demotion, {bad_}));
  SelfDemotion other(options_, ledger_, backlog_, "ams-1");
  EXPECT_FALSE(Count(other, {bad_, bad_, bad_}));
  now_ += absl::Minutes(10) - absl::Seconds(4);
  EXPECT_TRUE(Count(other, {bad_}));
}

TEST_F(SelfDemotionTest, CanBeTurnedOff) {
  SelfDemotion demotion({.enabled = false, .at_least = 1}, ledger_, backlog_, "ams-1");
  EXPECT_FALSE(Count(demotion, {bad_, bad_, bad_}));
}

TEST_F(SelfDemotionTest, StandsUntilRestoredAlsoInAnotherRun) {
  {
    SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
    ASSERT_TRUE(Count(demotion, {bad_, bad_, bad_, bad_}));
  }
  SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
  ASSERT_TRUE(demotion.Restore().ok());
  EXPECT_TRUE(demotion.IsDemoted("kiosks"));
  EXPECT_EQ(demotion.Restore("kiosks", {}, now_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(demotion.Restore("others", {.by = "carol"}, now_).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(demotion.Restore("kiosks", {.by = "carol"}, now_).ok());
  EXPECT_FALSE(demotion.IsDemoted("kiosks"));
  EXPECT_THAT(*ReadDemotions(ledger_.database()), IsEmpty());
  EXPECT_FALSE(Count(demotion, {bad_, bad_, bad_}));  // counted anew
}

TEST_F(SelfDemotionTest, WhatCouldNotBeWrittenIsWrittenLaterAndRestoredOnlyInItsOrder) {
  SelfDemotion demotion(options_, ledger_, backlog_, "ams-1");
  ASSERT_TRUE(ledger_.database().Execute("PRAGMA query_only = ON").ok());
  ASSERT_TRUE(Count(demotion, {bad_, bad_, bad_, bad_}));
  EXPECT_FALSE(demotion.Restore("kiosks", {.by = "carol"}, now_).ok());
  EXPECT_TRUE(demotion.IsDemoted("kiosks"));
  ASSERT_TRUE(ledger_.database().Execute("PRAGMA query_only = OFF").ok());
  loop_.AdvanceBy(absl::Seconds(1));
  ASSERT_THAT(*ReadDemotions(ledger_.database()), SizeIs(1));
  EXPECT_EQ((*ReadDemotions(ledger_.database()))[0].since, now_ + absl::Hours(1));  // as it was, by the wall
  ASSERT_TRUE(demotion.Restore("kiosks", {.by = "carol"}, now_).ok());
  EXPECT_THAT(*ReadDemotions(ledger_.database()), IsEmpty());
}

// On the whole agent below the control plane.
class SelfDemotionInTheAgentTest : public ::testing::Test {
 protected:
  SelfDemotionInTheAgentTest() {
    fixture_.policy = R"(
version: 1
rules:
  - {name: kiosks, when: {idle: 30m, users: ["k*"]}, mode: enforce}
  - {name: others, when: {idle: 30m}, mode: enforce}
)";
    fixture_.options.self_demotion = {.window = absl::Hours(1), .share = 0.5, .at_least = 3};
    fixture_.options.executor.parallel = 1;
    fixture_.Start();
  }

  SimulatedEventLoop loop_;
  AgentFixture fixture_{loop_};
};

TEST_F(SelfDemotionInTheAgentTest, ARuleWhoseClosesAreIgnoredOnlyObservesUntilItIsRestored) {
  SimulatedServer& server = fixture_.AddServer("fs01");
  for (int i = 0; i < 5; ++i) server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("k", i), 1900, 7200);
  server.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored, .count = 3});
  loop_.AdvanceBy(absl::Minutes(10));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(fixture_.DecisionOf("k4"), "would-close/matched");
  EXPECT_EQ(fixture_.Metric(R"(idlewarden_rule_demoted{rule="kiosks"})"), "1");
  EXPECT_THAT(fixture_.view()->warnings,
              Contains(HasSubstr("Rule kiosks only observes: 3 of 3 closes within 1h went wrong: 3 survived")));
  EXPECT_THAT(fixture_.Events("rule-demoted"), SizeIs(1));
  server.AddSession("10.0.0.9", "anna", 1900, 7200);
  loop_.AdvanceBy(absl::Minutes(6));
  EXPECT_EQ(fixture_.OutcomesOf("anna"), "closed");  // another rule goes on
  ASSERT_TRUE(fixture_.agent().overrides().RestoreRule("kiosks", {.by = "carol"}).ok());
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_THAT(server.closes(), SizeIs(6));
  EXPECT_EQ(fixture_.Metric(R"(idlewarden_rule_demoted{rule="kiosks"})"), "");
}

}  // namespace
}  // namespace idlewarden::agent
