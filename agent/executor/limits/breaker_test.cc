#include "agent/executor/limits/breaker.h"

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kTick = absl::Nanoseconds(1);
const SteadyTime kStart = SteadyTime::AfterOrigin(absl::Seconds(1'800'000'000));

TEST(BreakerTest, StaysClosedBelowItsFailuresInARow) {
  Breaker breaker({.failures = 3});
  EXPECT_FALSE(breaker.RecordFailure(kStart));
  EXPECT_FALSE(breaker.RecordFailure(kStart));
  breaker.RecordNoResult();  // tells nothing: neither a failure nor a success
  EXPECT_EQ(breaker.state(kStart), BreakerState::kClosed);
  EXPECT_FALSE(breaker.RecordSuccess());  // it was not open
  EXPECT_FALSE(breaker.RecordFailure(kStart));
  EXPECT_FALSE(breaker.RecordFailure(kStart));
  EXPECT_TRUE(breaker.MayBegin(kStart));
  EXPECT_TRUE(breaker.RecordFailure(kStart));
  EXPECT_EQ(breaker.state(kStart), BreakerState::kOpen);
  EXPECT_FALSE(breaker.MayBegin(kStart));
}

TEST(BreakerTest, ADeniedRightOpensItAtOnce) {
  Breaker breaker({.initial_backoff = absl::Minutes(1)});
  EXPECT_TRUE(breaker.RecordDenial(kStart));
  EXPECT_EQ(breaker.open_until(), kStart + absl::Minutes(1));
  EXPECT_FALSE(breaker.MayBegin(kStart + absl::Minutes(1) - kTick));
  EXPECT_EQ(breaker.state(kStart + absl::Minutes(1) - kTick), BreakerState::kOpen);
  EXPECT_EQ(breaker.state(kStart + absl::Minutes(1)), BreakerState::kHalfOpen);
  EXPECT_TRUE(breaker.MayBegin(kStart + absl::Minutes(1)));
}

TEST(BreakerTest, HalfOpenTriesOneAtATime) {
  Breaker breaker({.initial_backoff = absl::Minutes(1)});
  breaker.RecordDenial(kStart);
  const SteadyTime later = kStart + absl::Minutes(2);
  breaker.RecordStart(later);
  EXPECT_FALSE(breaker.MayBegin(later));
  breaker.RecordNoResult();
  EXPECT_TRUE(breaker.MayBegin(later));
  breaker.RecordStart(later);
  EXPECT_TRUE(breaker.RecordSuccess());
  EXPECT_EQ(breaker.state(later), BreakerState::kClosed);
  EXPECT_TRUE(breaker.MayBegin(later));
}

TEST(BreakerTest, EachRestIsTwiceTheOneBeforeUpToTheLongest) {
  Breaker breaker({.initial_backoff = absl::Minutes(1), .longest_backoff = absl::Minutes(5)});
  SteadyTime now = kStart;
  for (const int minutes : {1, 2, 4, 5, 5}) {
    EXPECT_TRUE(breaker.RecordDenial(now));
    EXPECT_EQ(breaker.open_until() - now, absl::Minutes(minutes));
    now = breaker.open_until();
    breaker.RecordStart(now);
  }
  breaker.RecordSuccess();
  EXPECT_TRUE(breaker.RecordDenial(now));
  EXPECT_EQ(breaker.open_until() - now, absl::Minutes(1));  // starts over
}

TEST(BreakerTest, HalfOpenOneFailureIsEnough) {
  Breaker breaker({.failures = 5});
  breaker.RecordDenial(kStart);
  const SteadyTime later = breaker.open_until();
  breaker.RecordStart(later);
  EXPECT_TRUE(breaker.RecordFailure(later));
  EXPECT_EQ(breaker.state(later), BreakerState::kOpen);
}

TEST(BreakerTest, WhatBeganBeforeItOpenedDoesNotProlongTheRest) {
  Breaker breaker({.initial_backoff = absl::Minutes(1)});
  breaker.RecordStart(kStart);
  breaker.RecordStart(kStart);
  EXPECT_TRUE(breaker.RecordDenial(kStart));
  EXPECT_FALSE(breaker.RecordDenial(kStart + absl::Seconds(30)));
  EXPECT_EQ(breaker.open_until(), kStart + absl::Minutes(1));
}

TEST(BreakerTest, StatesHaveTheirWords) {
  EXPECT_EQ(BreakerStateName(BreakerState::kClosed), "closed");
  EXPECT_EQ(BreakerStateName(BreakerState::kOpen), "open");
  EXPECT_EQ(BreakerStateName(BreakerState::kHalfOpen), "half-open");
}

}  // namespace
}  // namespace idlewarden::agent
