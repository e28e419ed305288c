#include "agent/executor/executor.h"

#include <vector>

#include "agent/executor/testing/executor_fixture.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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

// A close of its client and user would end others, too.
TEST_F(ExecutorTest, AConnectionThatTheBackendCannotCloseIsRefusedOnce) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  plan_.pairs[0].scope = policy::CloseScope::kConnection;
  plan_.pairs[0].connection = "c1";
  plan_.pairs.push_back(plan_.pairs[0]);
  plan_.pairs[1].connection = "c2";
  Plan(server, "10.0.0.6", "bob");
  SubmitAndRun();
  ASSERT_THAT(server.asked, SizeIs(1));
  EXPECT_EQ(server.asked[0].user, "bob");
  EXPECT_EQ(journal_.Of("alice"), "refused refused");
  EXPECT_EQ(journal_.intents[0].connection, "c1");
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("cannot close a single connection"));
  EXPECT_TRUE(journal_.outcomes[0].never_sent);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "refused refused");
  plan_.pairs.clear();
  SubmitAndRun();
  PlanOnly("fs01", "10.0.0.5", "alice");
  plan_.pairs[0].scope = policy::CloseScope::kConnection;
  plan_.pairs[0].connection = "c1";
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "refused refused refused");  // it had gone from the plan in between
}

TEST_F(ExecutorTest, AConnectionThatTheBackendCanCloseIsQueued) {
  NotingServer& server = AddServer("fs01");
  server.closes_connections = true;
  Plan(server, "10.0.0.5", "alice");
  plan_.pairs[0].scope = policy::CloseScope::kConnection;
  plan_.pairs[0].connection = "c1";
  Submit();
  EXPECT_EQ(executor().queue_length(), 1u);
  EXPECT_EQ(journal_.Of("alice"), "");
}

TEST_F(ExecutorTest, LeavesAPairAloneThatBecameActive) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  decisions_.active.insert("alice");
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
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("could not be verified"));
  EXPECT_THAT(server.asked, SizeIs(1));
}

TEST_F(ExecutorTest, AServerThatNeverAnswersCostsItsDeadlineOnly) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = Fault::kForever});
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(40));
  EXPECT_EQ(journal_.Of("alice"), "failed");
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, APairThatIsBackWithinAMinuteIsReturnedOnce) {
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.5", "alice");
  SubmitAndRun(absl::Seconds(5));
  const SteadyTime stale = loop_.SteadyNow() - absl::Seconds(7);  // an enumeration that was overtaken by the close
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
  executor().Observe("fs01", loop_.SteadyNow(), present);
  executor().Observe("fs01", loop_.SteadyNow(), present);
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
  policy::Session own;
  own.client = "10.0.0.5";
  own.user = "svc-idlewarden";
  own.idle_seconds = 3600;
  own.age_seconds = 7200;
  own.own = true;
  NotingServer& server = AddServer("fs01");
  server.inner.AddSession(own);
  PlanOnly("fs01", "10.0.0.5", "svc-idlewarden");
  NotingServer& samba = AddServer("samba", /*samba_like=*/true);
  samba.inner.AddSession(own);
  PlanOnly("samba", "10.0.0.5", "svc-idlewarden");
  SubmitAndRun();
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_THAT(samba.asked, IsEmpty());
  EXPECT_EQ(journal_.Of("svc-idlewarden"), "failed failed");
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("own session"));
}

TEST_F(ExecutorTest, ItsConnectionIsSharedWithNobodySoOthersOfItsClientAreClosed) {
  NotingServer& samba = AddServer("samba", /*samba_like=*/true);
  policy::Session own;
  own.client = "10.0.0.5";
  own.user = "svc-idlewarden";
  own.own = true;
  samba.inner.AddSession(own);
  Plan(samba, "10.0.0.5", "alice");
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed");  // as the plan says, where `self` counts within its pair only
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
  EXPECT_THAT(journal_.outcomes[1].message, HasSubstr("closed on behalf of alice"));
  EXPECT_THAT(server.asked, SizeIs(1));
}

}  // namespace
}  // namespace idlewarden::agent
