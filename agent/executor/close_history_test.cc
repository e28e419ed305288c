#include "agent/executor/close_history.h"

#include <string>

#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/executor/testing/executor_fakes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;

class CloseHistoryTest : public ::testing::Test {
 protected:
  // A close of the user's pair on the server ends so.
  void Close(const std::string& server, const std::string& user, Outcome outcome) {
    history_.RecordStart(server);
    CloseOutcome closed{.at = loop_.SteadyNow(), .outcome = outcome, .message = "as told"};
    closed.intent.server = server;
    closed.intent.client = "10.0.0.1";
    closed.intent.user = user;
    history_.RecordOutcome(PairOf(server, user), closed, {.outcome = outcome, .rechecked_at = loop_.SteadyNow()});
  }
  static policy::PairKey PairOf(const std::string& server, const std::string& user) {
    return policy::PairKeyOf(server, "10.0.0.1", user);
  }
  bool MayBegin(const std::string& server) const { return history_.MayBegin(server, loop_.SteadyNow()); }

  SimulatedEventLoop loop_;
  FakeJournal journal_;
  CloseRecorder recorder_{journal_};
  CloseHistory history_{loop_, {.breaker = {.failures = 2, .initial_backoff = absl::Minutes(1)}}, recorder_};
};

TEST_F(CloseHistoryTest, ACloseThatSucceedsStartsTheFailuresAnew) {
  Close("fs01", "a", Outcome::kSurvived);
  Close("fs01", "b", Outcome::kClosed);
  Close("fs01", "c", Outcome::kSurvived);
  EXPECT_THAT(history_.servers_with_open_breaker(), IsEmpty());
  Close("fs01", "d", Outcome::kSurvived);
  EXPECT_THAT(history_.servers_with_open_breaker(), ElementsAre(Key("fs01")));
  EXPECT_FALSE(MayBegin("fs01"));
  EXPECT_TRUE(MayBegin("fs02"));
}

TEST_F(CloseHistoryTest, ATrialThatClosesMakesTheServerAsNew) {
  Close("fs01", "a", Outcome::kDenied);
  loop_.AdvanceBy(absl::Minutes(1));
  ASSERT_TRUE(MayBegin("fs01"));
  history_.RecordStart("fs01");
  EXPECT_FALSE(MayBegin("fs01")) << "one trial at a time";
  history_.RecordNoResult("fs01");
  Close("fs01", "b", Outcome::kClosed);
  EXPECT_THAT(history_.servers_with_open_breaker(), IsEmpty());
  Close("fs01", "c", Outcome::kDenied);
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_TRUE(MayBegin("fs01")) << "the rest is the first one again, not a doubled one";
}

TEST_F(CloseHistoryTest, WhatSaysNothingOfAServerOpensNothing) {
  history_.RecordNoResult("fs01");
  Close("fs01", "a", Outcome::kGoneAlready);
  Close("fs01", "b", Outcome::kBecameActive);
  EXPECT_THAT(history_.servers_with_open_breaker(), IsEmpty());
  EXPECT_TRUE(MayBegin("fs01"));
}

TEST_F(CloseHistoryTest, ForgettingDoesNotShortenARest) {
  Close("fs01", "a", Outcome::kSurvived);
  history_.Prune();
  EXPECT_FALSE(history_.MayQueue(PairOf("fs01", "a")));
  loop_.AdvanceBy(absl::Minutes(1));
  history_.Prune();
  EXPECT_TRUE(history_.MayQueue(PairOf("fs01", "a")));
}

}  // namespace
}  // namespace idlewarden::agent
