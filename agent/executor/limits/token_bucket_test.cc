#include "agent/executor/limits/token_bucket.h"

#include <cstdlib>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "policy/testing/random_seed.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kTick = absl::Nanoseconds(1);
const SteadyTime kStart = SteadyTime::AfterOrigin(absl::Seconds(1'700'000'000));

TEST(TokenBucketTest, StartsWithItsBurst) {
  TokenBucket bucket(2, 3);
  EXPECT_EQ(bucket.Available(kStart), 3);
  EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_FALSE(bucket.Take(kStart));
}

TEST(TokenBucketTest, GivesTheNextTokenAtItsInstantAndNotBefore) {
  TokenBucket bucket(2, 1);
  ASSERT_TRUE(bucket.Take(kStart));
  const SteadyTime due = kStart + absl::Milliseconds(500);
  EXPECT_EQ(bucket.AvailableAt(1, kStart), due);
  EXPECT_FALSE(bucket.Take(due - kTick));
  TokenBucket on_time = bucket;
  EXPECT_TRUE(on_time.Take(due));
  EXPECT_FALSE(on_time.Take(due));
  EXPECT_TRUE(bucket.Take(due + kTick));
}

TEST(TokenBucketTest, RefillsToItsBurstAndNoFurther) {
  TokenBucket bucket(1, 4);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(bucket.Take(kStart));
  EXPECT_EQ(bucket.Available(kStart + absl::Seconds(3) - kTick), 2);
  EXPECT_EQ(bucket.Available(kStart + absl::Seconds(3)), 3);
  EXPECT_EQ(bucket.Available(kStart + absl::Seconds(3) + kTick), 3);
  EXPECT_EQ(bucket.Available(kStart + absl::Hours(10)), 4);
}

TEST(TokenBucketTest, TakesDecimalRates) {
  TokenBucket bucket(0.3, 1);  // a period that is no whole number of nanoseconds is rounded up
  ASSERT_TRUE(bucket.Take(kStart));
  const SteadyTime due = bucket.AvailableAt(1, kStart);
  EXPECT_GE(due - kStart, absl::Seconds(1) / 0.3);
  EXPECT_LE(due - kStart, absl::Seconds(1) / 0.3 + kTick);
}

TEST(TokenBucketTest, NeverHasMoreThanItsBurst) {
  TokenBucket bucket(1, 2);
  EXPECT_EQ(bucket.AvailableAt(2, kStart), kStart);
  EXPECT_EQ(bucket.AvailableAt(3, kStart), SteadyTime::InfiniteFuture());
}

TEST(TokenBucketTest, AClockSetBackEmptiesItAtWorst) {
  TokenBucket bucket(1, 2);
  ASSERT_TRUE(bucket.Take(kStart));
  ASSERT_TRUE(bucket.Take(kStart));
  const SteadyTime back = kStart - absl::Hours(5);
  EXPECT_EQ(bucket.Available(back), 0);
  EXPECT_EQ(bucket.AvailableAt(1, back), back + absl::Seconds(1));
}

// Over any window between two takes: taken <= rate x window + burst.
void ExpectBoundHolds(const std::vector<SteadyTime>& taken, double rate, int64_t burst) {
  for (size_t first = 0; first < taken.size(); ++first) {
    for (size_t last = first; last < taken.size(); ++last) {
      const double window = absl::ToDoubleSeconds(taken[last] - taken[first]);
      ASSERT_LE(static_cast<double>(last - first + 1), rate * window + static_cast<double>(burst) + 1e-9);
    }
  }
}

TEST(TokenBucketPropertyTest, NoWindowExceedsRateTimesWindowPlusBurst) {
  const uint64_t seed = policy::testing::RandomSeed();
  SCOPED_TRACE(policy::testing::HowToReplay(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60; ++round) {
    const double rate = std::uniform_real_distribution<>(0.05, 20)(random);
    const int64_t burst = std::uniform_int_distribution<int64_t>(1, 10)(random);
    TokenBucket bucket(rate, burst);
    std::vector<SteadyTime> taken;
    SteadyTime now = kStart;
    for (int step = 0; step < 400; ++step) {
      // Half of the steps go to the very instant of the next token, or one tick beside it.
      const SteadyTime due = bucket.AvailableAt(1, now);
      const int64_t choice = std::uniform_int_distribution<int64_t>(0, 5)(random);
      now = choice <= 2 ? std::max(now, due + kTick * (choice - 1))
                        : now + absl::Nanoseconds(std::uniform_int_distribution<int64_t>(0, 400'000'000)(random));
      if (bucket.Take(now)) taken.push_back(now);
    }
    ASSERT_GT(taken.size(), static_cast<size_t>(burst));
    ExpectBoundHolds(taken, rate, burst);
  }
}

}  // namespace
}  // namespace idlewarden::agent
