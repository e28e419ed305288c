#include "agent/names/query_queue.h"

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/names/testing/fake_dns.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Priority = QueryQueue::Priority;

class QueryQueueTest : public ::testing::Test {
 protected:
  void Push(QueryQueue& queue, Priority priority, const std::string& name, bool is_wanted = true) {
    queue.Push(priority, {.question = {DnsType::kA, name},
                          .is_wanted = [is_wanted] { return is_wanted; },
                          .done = [this](DnsAnswer) { ++answered_; }});
  }

  SimulatedEventLoop loop_;
  FakeDns dns_{loop_};
  int answered_ = 0;
};

TEST_F(QueryQueueTest, AsksAtOnceAndThenAtTheRate) {
  QueryQueue queue(loop_, dns_, /*per_second=*/4, /*in_flight=*/100);
  for (int i = 0; i < 9; ++i) Push(queue, Priority::kNewHost, absl::StrCat(i));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("0"));
  loop_.AdvanceBy(absl::Milliseconds(249));
  EXPECT_THAT(dns_.TakeAsked(), IsEmpty());
  loop_.AdvanceBy(absl::Milliseconds(1));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("1"));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("2", "3", "4", "5"));
}

TEST_F(QueryQueueTest, NeverAsksMoreInASecondThanTheRateAndATenth) {
  QueryQueue queue(loop_, dns_, /*per_second=*/1000, /*in_flight=*/100'000);
  for (int i = 0; i < 10'000; ++i) Push(queue, Priority::kNewAddress, absl::StrCat(i));
  EXPECT_EQ(dns_.TakeAsked().size(), 100u);
  for (int second = 0; second < 9; ++second) {
    loop_.AdvanceBy(absl::Seconds(1));
    EXPECT_LE(dns_.TakeAsked().size(), 1100u);
  }
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(answered_, 10'000);
}

TEST_F(QueryQueueTest, TimeWithoutQuestionsIsNotSavedUp) {
  QueryQueue queue(loop_, dns_, /*per_second=*/4, /*in_flight=*/100);
  loop_.AdvanceBy(absl::Hours(1));
  for (int i = 0; i < 9; ++i) Push(queue, Priority::kNewHost, absl::StrCat(i));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("0"));
}

TEST_F(QueryQueueTest, SoManyAreOpenAtATime) {
  dns_.takes = absl::Seconds(2);
  QueryQueue queue(loop_, dns_, /*per_second=*/1e6, /*in_flight=*/3);
  for (int i = 0; i < 8; ++i) Push(queue, Priority::kNewHost, absl::StrCat(i));
  EXPECT_EQ(queue.in_flight(), 3u);
  EXPECT_EQ(queue.waiting(), 5u);
  loop_.AdvanceBy(absl::Seconds(6));
  EXPECT_EQ(answered_, 8);
  EXPECT_EQ(dns_.most_open(), 3u);
  EXPECT_EQ(queue.in_flight(), 0u);
  EXPECT_EQ(queue.waiting(), 0u);
  EXPECT_EQ(loop_.timer_count(), 0u);
}

TEST_F(QueryQueueTest, TheMostImportantGoFirstEachKindInTheOrderAsked) {
  QueryQueue queue(loop_, dns_, /*per_second=*/1, /*in_flight=*/100);
  Push(queue, Priority::kContinuation, "first");
  Push(queue, Priority::kAddressAgain, "address again");
  Push(queue, Priority::kHostAgain, "host again");
  Push(queue, Priority::kNewAddress, "address 1");
  Push(queue, Priority::kNewAddress, "address 2");
  Push(queue, Priority::kNewHost, "host");
  Push(queue, Priority::kContinuation, "continuation");
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_THAT(dns_.TakeAsked(),
              ElementsAre("first", "continuation", "host", "address 1", "address 2", "host again", "address again"));
}

TEST_F(QueryQueueTest, WhatIsNotWantedAnyMoreCostsNothing) {
  QueryQueue queue(loop_, dns_, /*per_second=*/1, /*in_flight=*/100);
  Push(queue, Priority::kNewHost, "a");
  Push(queue, Priority::kNewHost, "b", /*is_wanted=*/false);
  Push(queue, Priority::kNewHost, "c");
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("a", "c"));
}

TEST_F(QueryQueueTest, NothingIsAnsweredAfterItsEnd) {
  {
    QueryQueue queue(loop_, dns_, /*per_second=*/1, /*in_flight=*/100);
    Push(queue, Priority::kNewHost, "a");
    Push(queue, Priority::kNewHost, "b");
  }
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(answered_, 0);
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("a"));
}

}  // namespace
}  // namespace idlewarden::agent
