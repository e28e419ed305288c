// The looks before and after a close: their age, their tries, their filter, and who shares them.

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

TEST_F(ExecutorTest, ALookThatFindsNoSuchClientMeansGone) {
  NotingServer& server = AddServer("fs01");
  PlanOnly("fs01", "10.0.0.5", "alice");
  server.inner.faults().Add(WindowsFault(FaultCall::kEnumerate, kNerrClientNameNotFound));
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "gone-already");
  // Not believed before one without a filter agrees, and that one, as it shows nobody at all, before another does.
  EXPECT_THAT(server.looked_for, ElementsAre("10.0.0.5", "", ""));
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
  server.inner.AddSession("10.0.0.9", "somebody", 0, 7200);
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

TEST_F(ExecutorTest, NorWhereTheFilterWasNeverTried) {
  NotingServer& server = AddServer("fs01");
  server.hides_what_is_filtered_for = true;
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored, .count = Fault::kForever});
  // So many clients share one look at all.
  for (const char* user : {"a", "b", "c", "d"}) Plan(server, absl::StrCat("10.0.0.", user), user);
  SubmitAndRun();
  for (const char* user : {"a", "b", "c", "d"}) EXPECT_EQ(journal_.Of(user), "survived") << user;
}

TEST_F(ExecutorTest, WhoLogsOnBetweenTwoLooksDoesNotDiscreditTheFilter) {
  NotingServer& server = AddServer("fs01");
  PlanOnly("fs01", "10.0.0.5", "alice");
  int looks = 0;
  server.before_enumerate = [&] {
    if (++looks == 2) server.inner.AddSession("10.0.0.5", "alice", 0, 0);
  };
  decisions_.active.insert("alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "became-active");
  decisions_.active.clear();
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
  server.inner.AddSession("10.0.0.9", "somebody", 0, 7200);
  for (int i = 1; i <= 4; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i));
  SubmitAndRun();
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(journal_.Of(absl::StrCat("user", i)), "closed");
  EXPECT_THAT(server.looked_for, ElementsAre("", ""));
}

TEST_F(ExecutorTest, AServerThatShowsNobodyOnceIsAskedOnceMoreBeforeAClose) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kEmpty});
  for (int i = 1; i <= 4; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i));
  SubmitAndRun();
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(journal_.Of(absl::StrCat("user", i)), "closed");
}

TEST_F(ExecutorTest, AServerThatShowsNobodyOnceIsAskedOnceMoreAfterAClose) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored, .count = Fault::kForever});
  server.inner.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kEmpty, .skip = 1});
  for (int i = 1; i <= 4; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i));
  SubmitAndRun();
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(journal_.Of(absl::StrCat("user", i)), "survived");
}

TEST_F(ExecutorTest, AfterACloseThatFailedOneEmptyLookIsNotBelieved) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  server.inner.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kEmpty, .skip = 1});
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "denied");
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

TEST_F(ExecutorTest, ALookThatIsAnsweredTooLateIsNotActedOn) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(
      {.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = Fault::kForever, .delay = absl::Seconds(6)});
  Plan(server, "10.0.0.1", "alice");
  SubmitAndRun(absl::Seconds(59));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("no answer within 5s"));  // however long a call may take
}

TEST_F(ExecutorTest, NorIsOneWhoseCloseIsRecordedTooLate) {
  NotingServer& server = AddServer("fs01");
  journal_.before_sent = [this] { loop_.Stall(absl::Seconds(6)); };  // the disk takes its time
  Plan(server, "10.0.0.1", "alice");
  SubmitAndRun(absl::Seconds(59));
  EXPECT_THAT(server.asked, IsEmpty());
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

}  // namespace
}  // namespace idlewarden::agent
