// What waits: twice the same, too long, while paused, by a newer plan, at the end.

#include "absl/strings/str_cat.h"
#include "agent/executor/testing/executor_fixture.h"
#include "agent/servers/simulated/fault_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

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

TEST_F(ExecutorTest, WhatANewerPlanHoldsLeavesTheQueue) {
  options_.rates = {.closes_per_second = 0.02, .burst = 1};  // room for two
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  SubmitAndRun(absl::Seconds(5));
  decisions_.ApplyRecheck("fs01", "10.0.0.2", {.sessions = {server.inner.Sessions()}});
  for (policy::PlannedPair& pair : plan_.pairs) pair.decision = policy::Decision::kHeld;
  plan_.id = "plan-2";
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("second"), "withdrawn");
  EXPECT_EQ(journal_.outcomes.back().message, "plan plan-2 holds it back");
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, WhatANewerPlanHoldsIsNotClosedAfterItsRecheck) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(
      {.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Seconds(2)});
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(1));
  plan_.pairs[0].decision = policy::Decision::kHeld;
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("alice"), "withdrawn");
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

TEST_F(ExecutorTest, StoppingWithdrawsTheQueueAndWaitsForWhatIsUnderWay) {
  options_.rates.burst = 1;
  NotingServer& server = AddServer("fs01");
  server.close_takes_effect_in = absl::Milliseconds(300);
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Submit();
  loop_.RunUntilIdle();
  bool stopped = false;
  executor().Stop([&] { stopped = true; });
  EXPECT_EQ(journal_.Of("second"), "withdrawn");
  loop_.RunUntilIdle();
  EXPECT_FALSE(stopped);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_TRUE(stopped);
  EXPECT_EQ(journal_.Of("first"), "closed");
  Submit();
  EXPECT_EQ(executor().queue_length(), 0u);
}

}  // namespace
}  // namespace idlewarden::agent
