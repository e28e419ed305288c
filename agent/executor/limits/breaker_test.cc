#include "agent/executor/limits/breaker.h"

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kTick = absl::Nanoseconds(1);
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

TEST(BreakerTest, StaysClosedBelowItsFailuresInARow) {
  Breaker breaker({.failures = 3});
  EXPECT_FALSE(breaker.Failed(kStart));
  EXPECT_FALSE(breaker.Failed(kStart));
  breaker.Abstained();  // tells nothing: neither a failure nor a success
  EXPECT_EQ(breaker.state(kStart), BreakerState::kClosed);
  EXPECT_FALSE(breaker.Succeeded());  // it was not open
  EXPECT_FALSE(breaker.Failed(kStart));
  EXPECT_FALSE(breaker.Failed(kStart));
  EXPECT_TRUE(breaker.MayBegin(kStart));
  EXPECT_TRUE(breaker.Failed(kStart));
  EXPECT_EQ(breaker.state(kStart), BreakerState::kOpen);
  EXPECT_FALSE(breaker.MayBegin(kStart));
}

TEST(BreakerTest, ADeniedRightOpensItAtOnce) {
  Breaker breaker({.initial_backoff = absl::Minutes(1)});
  EXPECT_TRUE(breaker.Denied(kStart));
  EXPECT_EQ(breaker.open_until(), kStart + absl::Minutes(1));
  EXPECT_FALSE(breaker.MayBegin(kStart + absl::Minutes(1) - kTick));
  EXPECT_EQ(breaker.state(kStart + absl::Minutes(1) - kTick), BreakerState::kOpen);
  EXPECT_EQ(breaker.state(kStart + absl::Minutes(1)), BreakerState::kHalfOpen);
  EXPECT_TRUE(breaker.MayBegin(kStart + absl::Minutes(1)));
}

TEST(BreakerTest, HalfOpenTriesOneAtATime) {
  Breaker breaker({.initial_backoff = absl::Minutes(1)});
  breaker.Denied(kStart);
  const absl::Time later = kStart + absl::Minutes(2);
  breaker.Begin(later);
  EXPECT_FALSE(breaker.MayBegin(later));
  breaker.Abstained();
  EXPECT_TRUE(breaker.MayBegin(later));
  breaker.Begin(later);
  EXPECT_TRUE(breaker.Succeeded());
  EXPECT_EQ(breaker.state(later), BreakerState::kClosed);
  EXPECT_TRUE(breaker.MayBegin(later));
}

TEST(BreakerTest, EachRestIsTwiceTheOneBeforeUpToTheLongest) {
  Breaker breaker({.initial_backoff = absl::Minutes(1), .longest_backoff = absl::Minutes(5)});
  absl::Time now = kStart;
  for (const int minutes : {1, 2, 4, 5, 5}) {
    EXPECT_TRUE(breaker.Denied(now));
    EXPECT_EQ(breaker.open_until() - now, absl::Minutes(minutes));
    now = breaker.open_until();
    breaker.Begin(now);
  }
  breaker.Succeeded();
  EXPECT_TRUE(breaker.Denied(now));
  EXPECT_EQ(breaker.open_until() - now, absl::Minutes(1));  // starts over
}

TEST(BreakerTest, HalfOpenOneFailureIsEnough) {
  Breaker breaker({.failures = 5});
  breaker.Denied(kStart);
  const absl::Time later = breaker.open_until();
  breaker.Begin(later);
  EXPECT_TRUE(breaker.Failed(later));
  EXPECT_EQ(breaker.state(later), BreakerState::kOpen);
}

TEST(BreakerTest, WhatBeganBeforeItOpenedDoesNotProlongTheRest) {
  Breaker breaker({.initial_backoff = absl::Minutes(1)});
  breaker.Begin(kStart);
  breaker.Begin(kStart);
  EXPECT_TRUE(breaker.Denied(kStart));
  EXPECT_FALSE(breaker.Denied(kStart + absl::Seconds(30)));
  EXPECT_EQ(breaker.open_until(), kStart + absl::Minutes(1));
}

TEST(BreakerTest, StatesHaveTheirWords) {
  EXPECT_EQ(BreakerStateName(BreakerState::kClosed), "closed");
  EXPECT_EQ(BreakerStateName(BreakerState::kOpen), "open");
  EXPECT_EQ(BreakerStateName(BreakerState::kHalfOpen), "half-open");
}

}  // namespace
}  // namespace idlewarden::agent
