#include "agent/executor/return_tracker.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const SteadyTime kClosed = SteadyTime::AfterOrigin(absl::Seconds(1'700'000'000));
const policy::PairKey kPair = policy::PairKeyOf("fs01", "10.0.0.5", "alice");

policy::Session Row(std::optional<int64_t> age) {
  policy::Session session;
  session.client = "\\\\10.0.0.5";
  session.user = "Alice";
  session.age_seconds = age;
  return session;
}

class ReturnTrackerTest : public ::testing::Test {
 protected:
  // Closed at kClosed; a second before, its youngest session was 100 s old.
  void AddClosed(std::optional<int64_t> least_age = 100) {
    CloseOutcome outcome{.intent_id = 7, .at = kClosed, .outcome = Outcome::kClosed, .message = "closed"};
    tracker_.AddClosed(kPair, outcome, kClosed - absl::Seconds(1), least_age);
  }

  ReturnTracker tracker_;
};

TEST_F(ReturnTrackerTest, AYoungerSessionIsAReturnAndToldOnce) {
  AddClosed();
  const auto returned = tracker_.Observe("fs01", kClosed + absl::Seconds(20), {Row(15)});
  ASSERT_THAT(returned, SizeIs(1));
  EXPECT_EQ(returned[0].outcome, Outcome::kReturned);
  EXPECT_EQ(returned[0].intent_id, 7);
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(30), {Row(25)}), IsEmpty());
}

TEST_F(ReturnTrackerTest, TheOldSessionIsNoReturn) {
  AddClosed();
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(20), {Row(121)}), IsEmpty());
}

TEST_F(ReturnTrackerTest, AnEnumerationFromBeforeTheCloseSaysNothing) {
  AddClosed();
  EXPECT_THAT(tracker_.Observe("fs01", kClosed - absl::Nanoseconds(1), {Row(3)}), IsEmpty());
  EXPECT_TRUE(tracker_.IsJustClosed(kPair, kClosed + absl::Seconds(1)));
}

TEST_F(ReturnTrackerTest, UnknownAgesCountAsNew) {
  AddClosed(std::nullopt);
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(2), {Row(std::nullopt)}), SizeIs(1));
}

TEST_F(ReturnTrackerTest, OtherServersAndPairsAreNoReturn) {
  AddClosed();
  policy::Session bob = Row(1);
  bob.user = "bob";
  EXPECT_THAT(tracker_.Observe("fs02", kClosed + absl::Seconds(2), {Row(1)}), IsEmpty());
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(2), {bob}), IsEmpty());
}

TEST_F(ReturnTrackerTest, AMinuteIsIncludedAndNotATickMore) {
  constexpr absl::Duration kTick = absl::Nanoseconds(1);
  AddClosed();
  ReturnTracker late = tracker_;
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(60), {Row(0)}), SizeIs(1));
  EXPECT_THAT(late.Observe("fs01", kClosed + absl::Seconds(60) + kTick, {Row(0)}), IsEmpty());
}

TEST_F(ReturnTrackerTest, AServerThatIsEnumeratedLateTellsByTheSessionsAge) {
  AddClosed();
  ReturnTracker later = tracker_;
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Minutes(5), {Row(240)}), SizeIs(1));  // began after a minute
  EXPECT_THAT(later.Observe("fs01", kClosed + absl::Minutes(5), {Row(239)}), IsEmpty());
}

TEST_F(ReturnTrackerTest, WithoutAgesALateEnumerationTellsNothing) {
  AddClosed(std::nullopt);
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(61), {Row(5)}), IsEmpty());
}

TEST_F(ReturnTrackerTest, JustClosedUntilSomethingNewerIsSeen) {
  AddClosed();
  EXPECT_TRUE(tracker_.IsJustClosed(kPair, kClosed + absl::Seconds(5)));
  tracker_.Observe("fs01", kClosed + absl::Seconds(20), {Row(15)});
  EXPECT_FALSE(tracker_.IsJustClosed(kPair, kClosed + absl::Seconds(21)));
}

TEST_F(ReturnTrackerTest, WhatReturnedDuringTheVerificationIsNotToldAgain) {
  AddClosed();
  tracker_.MarkReturned(kPair);
  EXPECT_FALSE(tracker_.IsJustClosed(kPair, kClosed));
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(20), {Row(15)}), IsEmpty());
}

TEST_F(ReturnTrackerTest, DropsTheRowsThatAreFromBeforeTheClose) {
  AddClosed();
  policy::Session bob = Row(1);
  bob.user = "bob";
  const auto left = [&](absl::string_view server, SteadyTime began) {
    std::vector<policy::Session> sessions = {Row(100), bob, Row(3)};
    tracker_.DropClosedSince(server, began, sessions);
    return sessions.size();
  };
  EXPECT_EQ(left("fs01", kClosed - absl::Seconds(1)), 1u);
  EXPECT_EQ(left("fs01", kClosed), 3u);
  EXPECT_EQ(left("fs02", kClosed - absl::Seconds(1)), 3u);
}

TEST_F(ReturnTrackerTest, KnowsAPairInWhateverSpelling) {
  AddClosed();
  policy::Session session = Row(1);
  session.client = "::ffff:10.0.0.5";
  session.user = "ALICE";
  EXPECT_THAT(tracker_.Observe("fs01", kClosed + absl::Seconds(2), {session}), SizeIs(1));
}

TEST_F(ReturnTrackerTest, ForgetsAfterAnHour) {
  AddClosed();
  tracker_.Prune(kClosed + absl::Hours(1));
  EXPECT_EQ(tracker_.size(), 1u);
  tracker_.Prune(kClosed + absl::Hours(1) + absl::Seconds(1));
  EXPECT_EQ(tracker_.size(), 0u);
}

}  // namespace
}  // namespace idlewarden::agent
