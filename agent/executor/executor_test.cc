#include "agent/executor/executor.h"

#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/executor/testing/executor_fakes.h"
#include "agent/servers/fault_script.h"
#include "agent/servers/server_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kTick = absl::Nanoseconds(1);

class ExecutorTest : public ::testing::Test {
 protected:
  ExecutorTest() {
    options_.rates = {
        .closes_per_second = 100, .burst = 100, .closes_per_second_per_server = 100, .burst_per_server = 100};
  }

  ~ExecutorTest() override { executor_.reset(); }

  Executor& executor() {
    if (executor_ == nullptr) executor_ = std::make_unique<Executor>(loop_, options_, redecider_, journal_);
    return *executor_;
  }

  NotingServer& AddServer(const std::string& name, bool samba_like = false) {
    servers_.push_back(
        std::make_unique<NotingServer>(SimulatedServerOptions{.name = name, .samba_like = samba_like}, loop_));
    executor().AddServer(*servers_.back());
    return *servers_.back();
  }

  // A session that is there, and its pair in the plan.
  void Plan(NotingServer& server, const std::string& client, const std::string& user, int64_t idle = 3600) {
    server.inner.AddSession(client, user, idle, idle + 3600);
    PlanOnly(server.name(), client, user, idle);
  }

  void PlanOnly(const std::string& server, const std::string& client, const std::string& user, int64_t idle = 3600,
                policy::Decision decision = policy::Decision::kClose) {
    policy::Session session;
    session.client = client;
    session.user = user;
    session.idle_seconds = idle;
    session.age_seconds = idle + 3600;
    plan_.id = "plan-1";
    plan_.policy_hash = "hash-1";
    plan_.pairs.push_back({.server = server,
                           .client = client,
                           .user = user,
                           .sessions = {session},
                           .rule = "a-rule",
                           .decision = decision});
  }

  void Submit() { executor().Submit(plan_); }
  void SubmitAndRun(absl::Duration time = absl::Seconds(10)) {
    Submit();
    loop_.AdvanceBy(time);
  }

  SimulatedEventLoop loop_;
  ExecutorOptions options_;
  FakeRedecider redecider_;
  FakeJournal journal_;
  policy::Plan plan_;
  std::vector<std::unique_ptr<NotingServer>> servers_;
  std::unique_ptr<Executor> executor_;
};

TEST_F(ExecutorTest, ClosesAPlannedPairAndVerifiesIt) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "\\\\10.0.0.5", "alice");
  SubmitAndRun();
  ASSERT_THAT(server.asked, SizeIs(1));
  EXPECT_EQ(server.asked[0].client, "\\\\10.0.0.5");  // as the server spelled it
  EXPECT_EQ(journal_.Of("alice"), "closed");
  ASSERT_THAT(journal_.intents, SizeIs(1));
  EXPECT_EQ(journal_.intents[0].required, "idle at least 30m");
  EXPECT_EQ(journal_.outcomes[0].intent_id, 1);
  EXPECT_EQ(journal_.outcomes[0].intent.plan_id, "plan-1");
  EXPECT_EQ(journal_.outcomes[0].windows_error, 0u);
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, OnlyDecisionCloseIsQueued) {
  NotingServer& server = AddServer("fs01");
  server.inner.AddSession("10.0.0.1", "held", 3600, 7200);
  server.inner.AddSession("10.0.0.2", "would", 3600, 7200);
  PlanOnly("fs01", "10.0.0.1", "held", 3600, policy::Decision::kHeld);
  PlanOnly("fs01", "10.0.0.2", "would", 3600, policy::Decision::kWouldClose);
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_THAT(journal_.intents, IsEmpty());
}

TEST_F(ExecutorTest, LeavesAPairAloneThatBecameActive) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  redecider_.active.insert("alice");
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("alice"), "became-active");
  EXPECT_EQ(journal_.outcomes[0].message, "now keep (no-rule)");
}

TEST_F(ExecutorTest, GoneBeforeTheCloseIsNotClosed) {
  NotingServer& server = AddServer("fs01");
  PlanOnly("fs01", "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("alice"), "gone-already");
}

TEST_F(ExecutorTest, ALookThatFindsNoSuchClientMeansGone) {
  NotingServer& server = AddServer("fs01");
  PlanOnly("fs01", "10.0.0.5", "alice");
  server.inner.faults().Add(WindowsFault(FaultCall::kEnumerate, kNerrClientNameNotFound));
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "gone-already");
  EXPECT_THAT(server.looked_for, ElementsAre("10.0.0.5", ""));  // not believed before one without a filter agrees
}

TEST_F(ExecutorTest, ALookWithoutFilterThatFindsNoSuchClientIsNoAnswer) {
  NotingServer& server = AddServer("fs01");
  PlanOnly("fs01", "10.0.0.5", "alice");
  server.inner.faults().Add(WindowsFault(FaultCall::kEnumerate, kNerrClientNameNotFound, Fault::kForever));
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "failed");
}

TEST_F(ExecutorTest, AServerThatDoesNotFilterByItsOwnSpellingIsLookedAtWhole) {
  NotingServer& server = AddServer("fs01");
  server.hides_what_is_filtered_for = true;
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");
  // The first look, the one that doubts it, and the one that verifies.
  EXPECT_THAT(server.looked_for, ElementsAre("10.0.0.5", "", ""));
  Plan(server, "10.0.0.6", "bob");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("bob"), "closed");
  EXPECT_THAT(server.looked_for, ElementsAre("10.0.0.5", "", "", "", ""));
}

TEST_F(ExecutorTest, WhatAHidingServerStillHasIsNotCalledClosed) {
  NotingServer& server = AddServer("fs01");
  server.hides_what_is_filtered_for = true;
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored});
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "survived");
}

TEST_F(ExecutorTest, WhoLogsOnBetweenTwoLooksDoesNotDiscreditTheFilter) {
  NotingServer& server = AddServer("fs01");
  PlanOnly("fs01", "10.0.0.5", "alice");
  int looks = 0;
  server.before_enumerate = [&] {
    if (++looks == 2) server.inner.AddSession("10.0.0.5", "alice", 0, 0);
  };
  redecider_.active.insert("alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "became-active");
  redecider_.active.clear();
  Plan(server, "10.0.0.6", "bob");
  SubmitAndRun();
  EXPECT_EQ(server.looked_for.back(), "10.0.0.6");
}

TEST_F(ExecutorTest, PairsOfOneClientShareTheirLooks) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  Plan(server, "10.0.0.5", "bob");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");
  EXPECT_EQ(journal_.Of("bob"), "closed");
  EXPECT_THAT(server.looked_for, ElementsAre("10.0.0.5", "10.0.0.5"));  // before and after
}

TEST_F(ExecutorTest, ManyClientsOfOneServerShareALookAtAllOfIt) {
  NotingServer& server = AddServer("fs01");
  for (int i = 1; i <= 4; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i));
  SubmitAndRun();
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(journal_.Of(absl::StrCat("user", i)), "closed");
  EXPECT_THAT(server.looked_for, ElementsAre("", ""));
}

TEST_F(ExecutorTest, ASharedLookThatIsTooOldIsActedOnByNobody) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(
      {.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = Fault::kForever, .delay = absl::Seconds(6)});
  for (int i = 1; i <= 4; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i));
  SubmitAndRun(absl::Seconds(59));
  EXPECT_THAT(server.asked, IsEmpty());
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(journal_.Of(absl::StrCat("user", i)), "failed");
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
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kOpen);
  EXPECT_THAT(executor().breaker("fs01").why, HasSubstr("may not close sessions there"));
  EXPECT_EQ(executor().breaker("fs02").state, BreakerState::kClosed);
  SubmitAndRun(absl::Seconds(50) - kTick);
  EXPECT_THAT(server.asked, SizeIs(1));
  loop_.AdvanceBy(kTick);  // a minute after it was queued, and nearly one after the breaker opened
  EXPECT_EQ(journal_.Of("second"), "expired");
  EXPECT_THAT(journal_.outcomes.back().message, HasSubstr("may not close sessions there"));
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kHalfOpen);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("second"), "expired closed");
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kClosed);
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
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kOpen);
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
  plan_.pairs.back().rule = redecider_.rules["other"] = "another-rule";
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

TEST_F(ExecutorTest, ACloseThatTakesItsTimeIsWaitedFor) {
  NotingServer& server = AddServer("samba", /*samba_like=*/true);
  server.close_takes_effect_in = absl::Milliseconds(900);
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, ACloseWithoutEffectSurvivedAndThePairRests) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored, .count = 1});
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Milliseconds(1900));
  EXPECT_EQ(journal_.Of("alice"), "");  // still patient
  loop_.AdvanceBy(absl::Milliseconds(200));
  EXPECT_EQ(journal_.Of("alice"), "survived");
  SubmitAndRun(absl::Seconds(50));
  EXPECT_EQ(journal_.Of("alice"), "survived");
  loop_.AdvanceBy(absl::Seconds(15));
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "survived closed");
}

TEST_F(ExecutorTest, ErrorFiveWithTheSessionStillThereIsDenied) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "denied");
  EXPECT_EQ(journal_.outcomes[0].windows_error, kErrorAccessDenied);
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ExecutorTest, ErrorFiveWithTheSessionGoneIsGoneAlready) {
  NotingServer& server = AddServer("samba", /*samba_like=*/true);
  Plan(server, "10.0.0.5", "alice");
  // It goes after the first look: Samba then answers 5, as for a missing right.
  int looks = 0;
  server.before_enumerate = [&] {
    if (++looks == 1) loop_.Post([&] { server.inner.RemoveSessions("10.0.0.5", "alice"); });
  };
  server.inner.faults().Add(
      {.call = FaultCall::kClose, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Milliseconds(5)});
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "gone-already");
  EXPECT_EQ(journal_.outcomes[0].windows_error, kErrorAccessDenied);
}

TEST_F(ExecutorTest, ALostAnswerToTheCloseIsJudgedByTheLookAfter) {
  NotingServer& server = AddServer("fs01");
  Fault lost = TransportFault(FaultCall::kClose, "disconnected");
  lost.kind = FaultKind::kLostReply;
  server.inner.faults().Add(lost);
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");
  EXPECT_EQ(journal_.outcomes[0].cause, "disconnected");
}

TEST_F(ExecutorTest, AFailedCloseIsNeverSentAgain) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(TransportFault(FaultCall::kClose, "timeout"));
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(50));
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ExecutorTest, ASuccessThatCannotBeVerifiedIsNotCalledClosed) {
  NotingServer& server = AddServer("fs01");
  Fault down = TransportFault(FaultCall::kEnumerate, "unreachable", Fault::kForever);
  down.skip = 1;
  server.inner.faults().Add(down);
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(50));
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("no look after it could verify"));
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ExecutorTest, ALookThatFailsForTheMomentIsTriedAgain) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(TransportFault(FaultCall::kEnumerate, "disconnected", 2));
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, LooksAreNotTriedForEver) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(TransportFault(FaultCall::kEnumerate, "disconnected", Fault::kForever));
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(50));
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_EQ(server.inner.enumerations(), 3);
  EXPECT_THAT(server.asked, IsEmpty());
}

TEST_F(ExecutorTest, ADeniedLookIsNotTriedAgain) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(WindowsFault(FaultCall::kEnumerate, kErrorAccessDenied, Fault::kForever));
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(50));
  EXPECT_EQ(journal_.Of("alice"), "denied");
  EXPECT_EQ(server.inner.enumerations(), 1);
}

TEST_F(ExecutorTest, AServerThatNeverAnswersCostsItsDeadlineOnly) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = Fault::kForever});
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(40));
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, NoPairIsQueuedTwice) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  PlanOnly("fs01", "\\\\10.0.0.5", "ALICE");  // the same pair, spelled otherwise
  Submit();
  Submit();
  EXPECT_EQ(executor().queue_length(), 1u);
  loop_.AdvanceBy(absl::Seconds(5));
  Submit();  // a plan that rests on an enumeration from before the close
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_THAT(journal_.intents, SizeIs(1));
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, QueuedTooLongIsExpired) {
  options_.parallel = 1;
  options_.queue_time_to_live = absl::Seconds(1);
  NotingServer& server = AddServer("fs01");
  server.close_takes_effect_in = absl::Milliseconds(1500);
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Submit();
  loop_.AdvanceBy(absl::Seconds(1) - kTick);
  EXPECT_EQ(journal_.Of("second"), "");
  loop_.AdvanceBy(kTick);
  EXPECT_EQ(journal_.Of("second"), "expired");
  loop_.AdvanceBy(absl::Seconds(8));
  EXPECT_EQ(journal_.Of("first"), "closed");
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ExecutorTest, WhatCannotBeClosedInTimeIsNotQueued) {
  options_.rates = {.closes_per_second = 0.02, .burst = 1};  // room for two
  NotingServer& server = AddServer("fs01");
  for (int i = 0; i < 10; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i), 9000 - i);
  Submit();
  EXPECT_THAT(journal_.intents, SizeIs(2));
  loop_.AdvanceBy(absl::Seconds(10));
  Submit();  // one was closed; the next takes its place
  EXPECT_THAT(journal_.intents, SizeIs(3));
  EXPECT_EQ(journal_.intents[2].user, "user2");
  EXPECT_EQ(journal_.Of("user9"), "");
}

TEST_F(ExecutorTest, PauseHoldsWhatIsQueued) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  Submit();
  executor().SetPaused(true);
  loop_.AdvanceBy(absl::Seconds(30));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(executor().queue_length(), 1u);
  executor().SetPaused(false);
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, PauseHoldsWhatHasBeenLookedAt) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(
      {.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Seconds(2)});
  Plan(server, "10.0.0.5", "alice");
  Submit();
  loop_.AdvanceBy(absl::Seconds(1));
  executor().SetPaused(true);  // between the look and the close
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_THAT(server.asked, IsEmpty());
  executor().SetPaused(false);
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, PausedQueuesNothingNew) {
  NotingServer& server = AddServer("fs01");
  executor().SetPaused(true);
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Minutes(5));
  EXPECT_THAT(journal_.intents, IsEmpty());
}

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

TEST_F(ExecutorTest, WhatANewerPlanHoldsLeavesTheQueue) {
  options_.rates = {.closes_per_second = 0.02, .burst = 1};  // room for two
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  SubmitAndRun(absl::Seconds(5));
  redecider_.TakeLook("fs01", "10.0.0.2", {.sessions = {server.inner.Sessions()}});
  for (policy::PlannedPair& pair : plan_.pairs) pair.decision = policy::Decision::kHeld;
  plan_.id = "plan-2";
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("second"), "became-active");
  EXPECT_EQ(journal_.outcomes.back().message, "plan plan-2 holds it back");
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, WhatANewerPlanHoldsIsNotClosedAfterItsLook) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(
      {.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Seconds(2)});
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(1));
  plan_.pairs[0].decision = policy::Decision::kHeld;
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("alice"), "became-active");
}

TEST_F(ExecutorTest, WhatHasGoneByTheNewerPlanIsGoneAlready) {
  options_.rates = {.closes_per_second = 0.02, .burst = 1};  // room for two
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  SubmitAndRun(absl::Seconds(5));
  plan_.pairs.clear();
  Submit();
  EXPECT_EQ(journal_.Of("second"), "gone-already");
}

TEST_F(ExecutorTest, APairThatIsBackWithinAMinuteIsReturnedOnce) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(5));
  const absl::Time stale = loop_.Now() - absl::Seconds(7);  // an enumeration that was overtaken by the close
  policy::Session old;
  old.client = "10.0.0.5";
  old.user = "alice";
  old.age_seconds = 7200;
  std::vector<policy::Session> past = {old};
  executor().Observe("fs01", stale, past);
  EXPECT_THAT(past, IsEmpty());  // it is of the past
  EXPECT_EQ(journal_.Of("alice"), "closed");
  loop_.AdvanceBy(absl::Seconds(20));
  server.inner.AddSession("10.0.0.5", "alice", 0, 3);
  std::vector<policy::Session> present = server.inner.Sessions();
  executor().Observe("fs01", loop_.Now(), present);
  executor().Observe("fs01", loop_.Now(), present);
  EXPECT_THAT(present, SizeIs(1));
  EXPECT_EQ(journal_.Of("alice"), "closed returned");
}

TEST_F(ExecutorTest, APairThatIsBackAtTheLookAfterIsClosedAndReturned) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  int looks = 0;
  server.before_enumerate = [&] {
    if (++looks == 2) server.inner.AddSession("10.0.0.5", "alice", 0, 0);
  };
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed returned");
}

TEST_F(ExecutorTest, NothingIsClosedThatTheJournalCannotRecord) {
  NotingServer& server = AddServer("fs01");
  journal_.refusal = absl::UnavailableError("disk full");
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  journal_.refusal = absl::OkStatus();
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, TheJournalHasItThatACloseIsSentBeforeItIs) {
  NotingServer& server = AddServer("fs01");
  journal_.sent_refusal = absl::UnavailableError("disk full");
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(50));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("could not be recorded"));
  journal_.sent_refusal = absl::OkStatus();
  loop_.AdvanceBy(absl::Minutes(1));
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "failed closed");
  EXPECT_THAT(journal_.sent, ElementsAre(2));
}

TEST_F(ExecutorTest, WhatWasSentBeforeTheRestartIsLookedUpAndNotClosedTwice) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  SentClose open{
      .intent_id = 41,
      .intent = {.server = "fs01", .client = "10.0.0.5", .user = "alice", .sessions = plan_.pairs[0].sessions},
      .looked_at = loop_.Now(),
      .sent_at = loop_.Now()};
  SentClose elsewhere = open;
  elsewhere.intent_id = 42;
  elsewhere.intent.server = "gone";
  executor().TakeSent({open, elsewhere});
  ASSERT_THAT(journal_.outcomes, SizeIs(1));  // nobody left to ask
  EXPECT_EQ(journal_.outcomes[0].intent_id, 42);
  EXPECT_EQ(journal_.outcomes[0].outcome, Outcome::kFailed);
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("no longer in the settings"));
  SubmitAndRun(absl::Minutes(1));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(executor().open_closes(), 1u);
  std::vector<policy::Session> present = server.inner.Sessions();
  executor().Observe("fs01", loop_.Now(), present);
  EXPECT_EQ(journal_.Of("alice"), "failed survived");
  EXPECT_EQ(journal_.outcomes[1].intent_id, 41);
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());  // rests, as after any close without effect
  loop_.AdvanceBy(absl::Minutes(1));
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "failed survived closed");
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ExecutorTest, ACloseThatWasSentOutlivesAChangeOfItsServersEntry) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = 1});
  Plan(server, "10.0.0.5", "alice");
  Submit();
  loop_.RunUntilIdle();
  ASSERT_THAT(server.asked, SizeIs(1));
  executor().RemoveServer("fs01");
  NotingServer& changed = AddServer("fs01");
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(journal_.Of("alice"), "");
  std::vector<policy::Session> present = changed.inner.Sessions();
  executor().Observe("fs01", loop_.Now(), present);
  executor().Observe("fs01", loop_.Now(), present);  // an empty server is believed the second time
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, ACloseThatWasSentFailsWithItsServer) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = 1});
  Plan(server, "10.0.0.5", "alice");
  Submit();
  loop_.RunUntilIdle();
  executor().RemoveServer("fs01");
  loop_.RunUntilIdle();
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_EQ(executor().open_closes(), 0u);
}

TEST_F(ExecutorTest, AnEmptyNameIsNeverSent) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "");
  Plan(server, "\\\\", "bob");
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of(""), "failed");
  EXPECT_EQ(journal_.Of("bob"), "failed");
}

TEST_F(ExecutorTest, TheAgentsOwnSessionIsNotClosedWhateverTheVerdict) {
  NotingServer& server = AddServer("fs01");
  policy::Session own;
  own.client = "10.0.0.5";
  own.user = "svc-idlewarden";
  own.idle_seconds = 3600;
  own.age_seconds = 7200;
  own.own = true;
  server.inner.AddSession(own);
  PlanOnly("fs01", "10.0.0.5", "svc-idlewarden");
  NotingServer& samba = AddServer("samba", /*samba_like=*/true);
  samba.inner.AddSession(own);
  Plan(samba, "10.0.0.5", "alice");  // her close would end the client's whole connection
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_THAT(samba.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("svc-idlewarden"), "failed");
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("own session"));
}

TEST_F(ExecutorTest, TwoUsersOfOneClientAreClosedOneAfterTheOther) {
  NotingServer& server = AddServer("samba", /*samba_like=*/true);
  server.close_takes_effect_in = absl::Milliseconds(300);
  Plan(server, "10.0.0.5", "alice", 9000);
  Plan(server, "10.0.0.5", "bob", 8000);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");
  EXPECT_EQ(journal_.Of("bob"), "gone-already");                 // it went with the client's connection
  EXPECT_THAT(journal_.outcomes[0].intent.sessions, SizeIs(2));  // what the close ended
  EXPECT_THAT(journal_.outcomes[1].message, HasSubstr("closed for alice"));
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ExecutorTest, StoppingExpiresTheQueueAndWaitsForWhatIsUnderWay) {
  options_.rates.burst = 1;
  NotingServer& server = AddServer("fs01");
  server.close_takes_effect_in = absl::Milliseconds(300);
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Submit();
  loop_.RunUntilIdle();
  bool stopped = false;
  executor().Stop([&] { stopped = true; });
  EXPECT_EQ(journal_.Of("second"), "expired");
  loop_.RunUntilIdle();
  EXPECT_FALSE(stopped);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_TRUE(stopped);
  EXPECT_EQ(journal_.Of("first"), "closed");
  Submit();
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, ALookThatIsAnsweredTooLateIsNotActedOn) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(
      {.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = Fault::kForever, .delay = absl::Seconds(6)});
  Plan(server, "10.0.0.1", "alice");
  SubmitAndRun(absl::Seconds(59));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("too late to act on"));
}

TEST_F(ExecutorTest, ALateLookIsFollowedByAnother) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(
      {.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Seconds(6)});
  Plan(server, "10.0.0.1", "alice");
  SubmitAndRun(absl::Seconds(30));
  EXPECT_EQ(journal_.Of("alice"), "closed");
}

TEST_F(ExecutorTest, WhatIsAbandonedAtTheEndHasAnOutcome) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = 1});
  Plan(server, "10.0.0.1", "alice");
  Submit();
  loop_.RunUntilIdle();
  executor().Stop([] {});
  executor().Abandon();
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, ARemovedServerTakesItsWorkWithIt) {
  options_.rates.burst_per_server = 1;
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang, .count = 1});
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Submit();
  loop_.RunUntilIdle();
  executor().RemoveServer("fs01");
  EXPECT_EQ(journal_.Of("first"), "failed");
  EXPECT_EQ(journal_.Of("second"), "failed");
  EXPECT_EQ(executor().queue_length(), 0u);
  servers_.clear();  // the call that hangs is answered now; nobody listens
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_THAT(journal_.outcomes, SizeIs(2));
}

// However the looks' latencies fall: no window holds more closes than rate x window + burst, in all, on one server or
// by one rule; and each intent has exactly one outcome.
TEST(ExecutorPropertyTest, RatesHoldOverEveryWindowAndEachIntentHasOneOutcome) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const auto pick = [&](int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random); };
  for (int round = 0; round < 15; ++round) {
    SimulatedEventLoop loop;
    FakeRedecider redecider;
    FakeJournal journal;
    ExecutorOptions options;
    options.rates = {
        .closes_per_second = static_cast<double>(pick(5, 60)) / 10,
        .burst = pick(1, 6),
        .closes_per_second_per_server = static_cast<double>(pick(5, 30)) / 10,
        .burst_per_server = pick(1, 3),
        .per_rule = CloseRate{.closes_per_second = static_cast<double>(pick(5, 30)) / 10, .burst = pick(1, 3)}};
    std::map<std::string, std::string> rule_of;
    std::vector<std::unique_ptr<NotingServer>> servers;
    policy::Plan plan;
    for (int s = 0; s < 3; ++s) {
      servers.push_back(std::make_unique<NotingServer>(SimulatedServerOptions{.name = absl::StrCat("s", s)}, loop));
      for (int i = 0; i < 25; ++i) {
        const std::string client = absl::StrCat("10.0.", s, ".", i);
        const std::string user = absl::StrCat("u", s, "-", i);
        servers[s]->inner.AddSession(client, user, pick(100, 9000), 10000);
        if (pick(0, 4) == 0) redecider.active.insert(user);
        policy::Session session = servers[s]->inner.Sessions().back();
        rule_of[user] = redecider.rules[user] = absl::StrCat("rule", i % 3);
        plan.pairs.push_back({.server = absl::StrCat("s", s),
                              .client = client,
                              .user = user,
                              .sessions = {session},
                              .rule = rule_of[user]});
      }
      for (int f = 0; f < 60; ++f) {
        const FaultCall call = pick(0, 1) == 0 ? FaultCall::kEnumerate : FaultCall::kClose;
        servers[s]->inner.faults().Add({.call = call,
                                        .kind = FaultKind::kDelay,
                                        .skip = static_cast<int>(pick(0, 3)),
                                        .delay = absl::Milliseconds(pick(0, 1500))});
      }
    }
    {
      Executor executor(loop, options, redecider, journal);
      for (auto& server : servers) executor.AddServer(*server);
      executor.Submit(plan);
      loop.AdvanceBy(absl::Minutes(3));
      EXPECT_EQ(executor.queue_length(), 0u);
    }
    std::vector<absl::Time> all;
    const auto expect_bound = [](std::vector<absl::Time> times, double rate, int64_t burst) {
      std::sort(times.begin(), times.end());
      for (size_t first = 0; first < times.size(); ++first) {
        for (size_t last = first; last < times.size(); ++last) {
          ASSERT_LE(static_cast<double>(last - first + 1),
                    rate * absl::ToDoubleSeconds(times[last] - times[first]) + static_cast<double>(burst) + 1e-9);
        }
      }
    };
    std::map<std::string, std::vector<absl::Time>> of_rules;
    for (const auto& server : servers) {
      std::vector<absl::Time> times;
      for (const NotingServer::Asked& asked : server->asked) {
        times.push_back(asked.at);
        of_rules[rule_of[asked.user]].push_back(asked.at);
      }
      all.insert(all.end(), times.begin(), times.end());
      expect_bound(times, options.rates.closes_per_second_per_server, options.rates.burst_per_server);
    }
    expect_bound(all, options.rates.closes_per_second, options.rates.burst);
    for (const auto& [rule, times] : of_rules) {
      expect_bound(times, options.rates.per_rule->closes_per_second, options.rates.per_rule->burst);
    }
    EXPECT_GT(all.size(), 10u);
    EXPECT_EQ(journal.outcomes.size(), journal.intents.size());
    std::set<int64_t> ids;
    for (const CloseOutcome& outcome : journal.outcomes) EXPECT_TRUE(ids.insert(outcome.intent_id).second);
  }
}

}  // namespace
}  // namespace idlewarden::agent
