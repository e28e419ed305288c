// What holds closes back: rates, concurrency, breakers, and pairs that return.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/executor/testing/executor_fixture.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::SizeIs;

TEST_F(ExecutorTest, ServersTakeTurnsAndTheLongestIdleGoesFirst) {
  options_.rates = {.closes_per_second = 1, .burst = 1, .closes_per_second_per_server = 100, .burst_per_server = 100};
  NotingServer& a = AddServer("a");
  NotingServer& b = AddServer("b");
  Plan(a, "10.0.0.1", "a-short", 4000);
  Plan(a, "10.0.0.2", "a-long", 9000);
  Plan(a, "10.0.0.3", "a-middle", 6000);
  Plan(b, "10.0.0.4", "b-only", 100);
  SubmitAndRun(absl::Seconds(30));
  std::vector<std::string> order;
  for (const CloseOutcome& outcome : journal_.outcomes) order.push_back(outcome.intent.user);
  EXPECT_THAT(order, ElementsAre("a-long", "b-only", "a-middle", "a-short"));
}

// What was not ready when it was looked at may be ready by the time that the timer is set. Rates of many kinds, so that
// some token comes right in between.
TEST_F(ExecutorTest, NoWakeUpIsLostWhileTimePasses) {
  for (int period = 1; period <= 200; ++period) {
    executor_.reset();
    journal_ = {};
    plan_ = {};
    loop_.SetTimePerLook(absl::ZeroDuration());
    options_.rates = {
        .closes_per_second = 1000.0 / period, .burst = 1, .closes_per_second_per_server = 100, .burst_per_server = 100};
    NotingServer& server = AddServer("fs01");
    for (int i = 1; i <= 3; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("u", i));
    loop_.SetTimePerLook(absl::Milliseconds(1));
    SubmitAndRun(absl::Seconds(5));
    EXPECT_EQ(journal_.Of("u1") + journal_.Of("u2") + journal_.Of("u3"), "closedclosedclosed") << period << " ms";
  }
}

// The agent's tokens are promised to attempts that close nothing: as each ends, the next begins.
TEST_F(ExecutorTest, WhatIsPromisedInVainIsPromisedAgain) {
  options_.queue_time_to_live = absl::Hours(2);  // there is room for what can be closed in that time
  options_.rates = {
      .closes_per_second = 0.001, .burst = 1, .closes_per_second_per_server = 100, .burst_per_server = 100};
  NotingServer& server = AddServer("fs01");
  for (int i = 1; i <= 5; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("u", i), 4000 - i);
  for (int i = 1; i <= 4; ++i) decisions_.active.insert(absl::StrCat("u", i));
  SubmitAndRun(absl::Seconds(5));
  EXPECT_EQ(journal_.Of("u4"), "became-active");
  EXPECT_EQ(journal_.Of("u5"), "closed");
}

// The agent has its next token before the server, or the rule, has: two timers, one after the other.
TEST_F(ExecutorTest, ATokenOfTheAgentThatIsOfNoUseYetIsKept) {
  for (const bool by_rule : {false, true}) {
    executor_.reset();
    journal_ = {};
    plan_ = {};
    options_.rates = {
        .closes_per_second = 10, .burst = 1, .closes_per_second_per_server = 100, .burst_per_server = 100};
    if (by_rule) {
      options_.rates.per_rule = CloseRate{.closes_per_second = 0.1, .burst = 1};
    } else {
      options_.rates.closes_per_second_per_server = 0.1;
      options_.rates.burst_per_server = 1;
    }
    NotingServer& server = AddServer("fs01");
    Plan(server, "10.0.0.1", "first", 9000);
    Plan(server, "10.0.0.2", "second", 8000);
    SubmitAndRun(absl::Seconds(10) - kTick);
    EXPECT_EQ(journal_.Of("first"), "closed");
    EXPECT_EQ(journal_.Of("second"), "");
    loop_.AdvanceBy(absl::Seconds(1));
    EXPECT_EQ(journal_.Of("second"), "closed") << (by_rule ? "rule" : "server");
  }
}

TEST_F(ExecutorTest, NoMoreThanTheConcurrencyLimitsAreUnderWay) {
  options_.parallel = 5;
  options_.parallel_per_server = 2;
  for (const char* name : {"a", "b", "c"}) {
    NotingServer& server = AddServer(name);
    server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = Fault::kForever});
    for (int i = 0; i < 4; ++i) {
      Plan(server, absl::StrCat("10.0.", name, ".", i), absl::StrCat(name, i));
    }
  }
  SubmitAndRun(absl::Seconds(5));
  size_t asked = 0;
  for (const auto& server : servers_) {
    EXPECT_LE(server->asked.size(), 2u);
    asked += server->asked.size();
  }
  EXPECT_EQ(asked, 5u);
}

TEST_F(ExecutorTest, ARulesBucketHoldsItsClosesAndNotThoseOfOthers) {
  options_.rates.per_rule = {.closes_per_second = 0.1, .burst = 1};
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Plan(server, "10.0.0.3", "other", 7000);
  plan_.pairs.back().rule = decisions_.rules["other"] = "another-rule";
  Submit();
  loop_.AdvanceBy(absl::Seconds(10) - kTick);
  EXPECT_EQ(journal_.Of("first"), "closed");
  EXPECT_EQ(journal_.Of("other"), "closed");
  EXPECT_EQ(journal_.Of("second"), "");
  EXPECT_THAT(server.asked, SizeIs(2));
  loop_.AdvanceBy(kTick);
  EXPECT_THAT(server.asked, SizeIs(3));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(journal_.Of("second"), "closed");
}

TEST_F(ExecutorTest, ThePolicysNewRuleForAPairNeedsATokenOfItsOwn) {
  options_.rates.per_rule = {.closes_per_second = 0.1, .burst = 1};
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  plan_.pairs[0].rule = "the-rule-before";
  plan_.pairs[1].rule = "another-rule-before";  // both are closed by a-rule when it comes to it
  Submit();
  loop_.AdvanceBy(absl::Seconds(10) - kTick);
  EXPECT_THAT(server.asked, SizeIs(1));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(server.asked, SizeIs(2));
}

TEST_F(ExecutorTest, ADeniedRightStopsClosingThereUntilATrialSucceeds) {
  options_.parallel_per_server = 1;
  NotingServer& server = AddServer("fs01");
  NotingServer& other = AddServer("fs02");
  server.inner.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Plan(other, "10.0.0.3", "third", 7000);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("first"), "denied");
  EXPECT_EQ(journal_.Of("third"), "closed");
  EXPECT_THAT(server.asked, SizeIs(1));
  EXPECT_EQ(executor().servers_with_open_breaker()["fs01"].state, BreakerState::kOpen);
  EXPECT_THAT(executor().servers_with_open_breaker()["fs01"].why, HasSubstr("may not close sessions there"));
  EXPECT_THAT(executor().servers_with_open_breaker(), ElementsAre(Key("fs01")));
  SubmitAndRun(absl::Seconds(50) - kTick);
  EXPECT_THAT(server.asked, SizeIs(1));
  loop_.AdvanceBy(kTick);  // a minute after it was queued, and nearly one after the breaker opened
  EXPECT_EQ(journal_.Of("second"), "expired");
  EXPECT_THAT(journal_.outcomes.back().message, HasSubstr("may not close sessions there"));
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(executor().servers_with_open_breaker()["fs01"].state, BreakerState::kHalfOpen);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("second"), "expired closed");
  EXPECT_THAT(executor().servers_with_open_breaker(), IsEmpty());
}

TEST_F(ExecutorTest, NothingIsQueuedForAServerWhoseBreakerIsOpen) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  Plan(server, "10.0.0.1", "first");
  SubmitAndRun();
  Plan(server, "10.0.0.2", "second");
  SubmitAndRun();
  EXPECT_THAT(journal_.intents, SizeIs(1));
  EXPECT_EQ(journal_.Of("second"), "");
}

TEST_F(ExecutorTest, RepeatedFailuresOpenTheBreaker) {
  options_.breaker.failures = 3;
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored, .count = Fault::kForever});
  for (int i = 1; i <= 3; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i));
  SubmitAndRun();
  EXPECT_EQ(executor().servers_with_open_breaker()["fs01"].state, BreakerState::kOpen);
  EXPECT_THAT(server.asked, SizeIs(3));
}

TEST_F(ExecutorTest, APairThatComesBackEachTimeBacksOff) {
  NotingServer& server = AddServer("fs01");
  // Whoever is closed is back at the look after it.
  size_t closes = 0;
  server.before_enumerate = [&] {
    if (server.asked.size() > std::exchange(closes, server.asked.size())) {
      server.inner.AddSession("10.0.0.5", "alice", 0, 0);
    }
  };
  Plan(server, "10.0.0.5", "alice");
  for (int i = 0; i < 6; ++i) SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed returned closed returned closed returned");
  EXPECT_EQ(executor().pairs_backed_off(), 1u);
  loop_.AdvanceBy(absl::Minutes(5));
  EXPECT_EQ(executor().pairs_backed_off(), 0u);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed returned closed returned closed returned closed returned");
  loop_.AdvanceBy(absl::Minutes(5));  // twice as long this time
  SubmitAndRun();
  EXPECT_THAT(server.asked, SizeIs(4));
}

}  // namespace
}  // namespace idlewarden::agent
