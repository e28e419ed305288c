// What is written before it is done, and what becomes of closes that something interrupts.

#include <vector>

#include "agent/executor/testing/executor_fixture.h"
#include "agent/servers/simulated/fault_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
  UnresolvedClose open{
      .intent_id = 41,
      .intent = {.server = "fs01", .client = "10.0.0.5", .user = "alice", .sessions = plan_.pairs[0].sessions},
      .rechecked_at = loop_.SteadyNow(),
      .sent_at = loop_.SteadyNow()};
  UnresolvedClose elsewhere = open;
  elsewhere.intent_id = 42;
  elsewhere.intent.server = "gone";
  executor().RestoreUnresolved({open, elsewhere});
  ASSERT_THAT(journal_.outcomes, SizeIs(1));  // nobody left to ask
  EXPECT_EQ(journal_.outcomes[0].intent_id, 42);
  EXPECT_EQ(journal_.outcomes[0].outcome, Outcome::kFailed);
  EXPECT_THAT(journal_.outcomes[0].message, HasSubstr("no longer in the settings"));
  SubmitAndRun(absl::Minutes(1));
  EXPECT_THAT(server.asked, IsEmpty());
  EXPECT_EQ(executor().unresolved_closes(), 1u);
  std::vector<policy::Session> present = server.inner.Sessions();
  executor().Observe("fs01", loop_.SteadyNow(), present);
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
  executor().Observe("fs01", loop_.SteadyNow(), present);
  executor().Observe("fs01", loop_.SteadyNow(), present);  // an empty server is believed the second time
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
  EXPECT_EQ(executor().unresolved_closes(), 0u);
}

TEST_F(ExecutorTest, WhatWasSentAndIsAbandonedAtTheEndStaysOpen) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = 1});
  Plan(server, "10.0.0.1", "alice");
  Submit();
  loop_.RunUntilIdle();
  executor().Stop([] {});
  executor().Abandon();
  EXPECT_EQ(journal_.Of("alice"), "");  // the next run looks it up
  EXPECT_THAT(journal_.intents, SizeIs(1));
  EXPECT_EQ(executor().queue_length(), 0u);
}

TEST_F(ExecutorTest, WhatWasNotSentAndIsAbandonedAtTheEndIsWithdrawn) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang, .count = 1});
  Plan(server, "10.0.0.1", "alice");
  Submit();
  loop_.RunUntilIdle();
  executor().Stop([] {});
  executor().Abandon();
  EXPECT_EQ(journal_.Of("alice"), "withdrawn");
  EXPECT_TRUE(journal_.outcomes.back().never_sent);
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
  EXPECT_EQ(journal_.Of("first"), "withdrawn");
  EXPECT_EQ(journal_.Of("second"), "withdrawn");
  EXPECT_EQ(executor().queue_length(), 0u);
  servers_.clear();  // the call that hangs is answered now; nobody listens
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_THAT(journal_.outcomes, SizeIs(2));
}

}  // namespace
}  // namespace idlewarden::agent
