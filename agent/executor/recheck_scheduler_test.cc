#include "agent/executor/recheck_scheduler.h"

#include <memory>
#include <utility>

#include "agent/clock/simulated_event_loop.h"
#include "agent/executor/testing/executor_fakes.h"
#include "agent/servers/simulated/fault_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecheckSchedulerTest : public ::testing::Test {
 protected:
  RecheckSchedulerTest() {
    for (int i = 1; i <= 3; ++i) server_.inner.AddSession(absl::StrCat("10.0.0.", i), "user", 10, 100);
  }

  // Notes the time of the question and the number of sessions; -1 for an error.
  void Ask(const std::string& client, bool whole = false, absl::Duration may_wait = absl::ZeroDuration()) {
    scheduler_.Recheck(server_, {client, whole, may_wait}, [this](const RecheckResult& answer) {
      answers_.emplace_back(answer.asked_at - start_,
                            answer.enumeration.ok() ? static_cast<int>((*answer.enumeration)->sessions.size()) : -1);
    });
  }
  void Delay(absl::Duration delay) {
    server_.inner.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .delay = delay});
  }

  using Answer = std::pair<absl::Duration, int>;

  SimulatedEventLoop loop_;
  const SteadyTime start_ = loop_.SteadyNow();
  NotingServer server_{{.name = "fs01"}, loop_};
  ServerCalls calls_{loop_};
  RecheckScheduler scheduler_{loop_, calls_, absl::Seconds(10)};
  std::vector<Answer> answers_;
};

constexpr absl::Duration kNow = absl::ZeroDuration();

TEST_F(RecheckSchedulerTest, OneClientIsAskedForOnceForAllWhoAskTogether) {
  Ask("10.0.0.1");
  Ask("\\\\10.0.0.1");
  loop_.RunUntilIdle();
  EXPECT_THAT(answers_, ElementsAre(Answer(kNow, 1), Answer(kNow, 1)));
  EXPECT_EQ(server_.looked_for.size(), 1u);
}

TEST_F(RecheckSchedulerTest, TwoClientsAreFilteredForAndThreeAreNot) {
  Ask("10.0.0.1");
  Ask("10.0.0.2");
  loop_.RunUntilIdle();
  EXPECT_THAT(server_.looked_for, ElementsAre("10.0.0.1", "10.0.0.2"));
  server_.looked_for.clear();
  for (int i = 1; i <= 3; ++i) Ask(absl::StrCat("10.0.0.", i));
  loop_.RunUntilIdle();
  EXPECT_THAT(server_.looked_for, ElementsAre(""));
  EXPECT_THAT(answers_,
              ElementsAre(Answer(kNow, 1), Answer(kNow, 1), Answer(kNow, 3), Answer(kNow, 3), Answer(kNow, 3)));
}

TEST_F(RecheckSchedulerTest, WhoWantsItWholeGetsItForAll) {
  Ask("10.0.0.1");
  Ask("10.0.0.2", /*whole=*/true);
  loop_.RunUntilIdle();
  EXPECT_THAT(server_.looked_for, ElementsAre(""));
}

TEST_F(RecheckSchedulerTest, WhatIsAskedDuringARoundIsInTheNextOne) {
  Delay(absl::Seconds(2));
  Ask("10.0.0.1");
  loop_.AdvanceBy(absl::Seconds(1));
  Ask("10.0.0.1");  // the answer under way is of the past
  Ask("10.0.0.2");
  EXPECT_THAT(answers_, IsEmpty());
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(answers_, ElementsAre(Answer(kNow, 1), Answer(absl::Seconds(2), 1), Answer(absl::Seconds(2), 1)));
  EXPECT_THAT(server_.looked_for, ElementsAre("10.0.0.1", "10.0.0.1", "10.0.0.2"));
}

TEST_F(RecheckSchedulerTest, WhoMayWaitGathersOthersAndWhoMayNotTakesHimAlong) {
  Ask("10.0.0.1", false, absl::Milliseconds(50));
  loop_.AdvanceBy(absl::Milliseconds(20));
  Ask("10.0.0.1", false, absl::Milliseconds(50));
  loop_.AdvanceBy(absl::Milliseconds(29));
  EXPECT_THAT(answers_, IsEmpty());
  loop_.AdvanceBy(absl::Milliseconds(1));
  EXPECT_THAT(answers_, ElementsAre(Answer(absl::Milliseconds(50), 1), Answer(absl::Milliseconds(50), 1)));
  Ask("10.0.0.2", false, absl::Milliseconds(50));
  Ask("10.0.0.3");
  loop_.RunUntilIdle();
  EXPECT_EQ(answers_.size(), 4u);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(server_.looked_for, ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3"));
}

TEST_F(RecheckSchedulerTest, OtherServersAreNotWaitedFor) {
  NotingServer other({.name = "fs02"}, loop_);
  Delay(absl::Seconds(2));
  Ask("10.0.0.1");
  bool answered = false;
  scheduler_.Recheck(other, {.client = "10.0.0.9"}, [&](const RecheckResult&) { answered = true; });
  loop_.RunUntilIdle();
  EXPECT_TRUE(answered);
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(RecheckSchedulerTest, AnErrorIsAnAnswerForEverybodyAndTheNextBatchFollows) {
  server_.inner.faults().Add(TransportFault(FaultCall::kEnumerate, "disconnected"));
  Ask("10.0.0.1");
  Ask("10.0.0.1");
  loop_.RunUntilIdle();
  Ask("10.0.0.1");
  loop_.RunUntilIdle();
  EXPECT_THAT(answers_, ElementsAre(Answer(kNow, -1), Answer(kNow, -1), Answer(kNow, 1)));
}

TEST_F(RecheckSchedulerTest, AServerWhoseFilterIsNotBelievedIsAskedWithoutOne) {
  Ask("10.0.0.1");
  loop_.RunUntilIdle();
  scheduler_.DistrustFilter("fs01");
  Ask("10.0.0.1");
  loop_.RunUntilIdle();
  EXPECT_THAT(server_.looked_for, ElementsAre("10.0.0.1", ""));
}

TEST_F(RecheckSchedulerTest, AServerThatGoesAnswersNobody) {
  Delay(absl::Seconds(2));
  Ask("10.0.0.1");
  loop_.AdvanceBy(absl::Seconds(1));
  Ask("10.0.0.2");
  scheduler_.Forget("fs01");
  loop_.AdvanceBy(absl::Seconds(20));
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(RecheckSchedulerTest, WhoAsksAgainFromAnAnswerIsAnswered) {
  int answers = 0;
  scheduler_.Recheck(server_, {.client = "10.0.0.1"}, [&](const RecheckResult&) {
    ++answers;
    scheduler_.Recheck(server_, {.client = "10.0.0.1"}, [&](const RecheckResult&) { ++answers; });
  });
  loop_.RunUntilIdle();
  EXPECT_EQ(answers, 2);
}

}  // namespace
}  // namespace idlewarden::agent
