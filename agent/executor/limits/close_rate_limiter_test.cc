#include "agent/executor/limits/close_rate_limiter.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kTick = absl::Nanoseconds(1);
const SteadyTime kStart = SteadyTime::AfterOrigin(absl::Seconds(1'700'000'000));

CloseRates Rates(double all, int64_t burst, double server, int64_t server_burst) {
  return {.closes_per_second = all,
          .burst = burst,
          .closes_per_second_per_server = server,
          .burst_per_server = server_burst};
}

SteadyTime NextReservation(const CloseRateLimiter& gate, const std::string& server, const std::string& rule,
                           SteadyTime now) {
  return std::max({gate.NextOfAll(now), gate.NextOfServer(server, now), gate.NextOfRule(rule, now)});
}

TEST(CloseGateTest, NeedsATokenOfTheAgentAndOneOfTheServer) {
  CloseRateLimiter gate(Rates(1, 3, 1, 1));
  EXPECT_TRUE(gate.Reserve("a", "r", kStart));
  EXPECT_FALSE(gate.Reserve("a", "r", kStart));  // its own is promised
  EXPECT_TRUE(gate.Reserve("b", "r", kStart));
  EXPECT_TRUE(gate.Reserve("c", "r", kStart));
  EXPECT_FALSE(gate.Reserve("d", "r", kStart));  // the agent's three are promised
}

TEST(CloseGateTest, AReleasedReservationIsFreeAgainAtOnce) {
  CloseRateLimiter gate(Rates(1, 1, 1, 1));
  ASSERT_TRUE(gate.Reserve("a", "r", kStart));
  gate.Release("a", "r");
  EXPECT_TRUE(gate.Reserve("b", "r", kStart));
}

TEST(CloseGateTest, TokensAreTakenAtTheCloseAndNotAtTheReservation) {
  CloseRateLimiter gate(Rates(1, 1, 1, 1));
  ASSERT_TRUE(gate.Reserve("a", "r", kStart));
  const SteadyTime closed = kStart + absl::Seconds(7);
  ASSERT_TRUE(gate.Take("a", "r", closed));
  EXPECT_FALSE(gate.Reserve("a", "r", closed + absl::Seconds(1) - kTick));
  EXPECT_TRUE(gate.Reserve("a", "r", closed + absl::Seconds(1)));
}

TEST(CloseGateTest, TellsWhenAReservationMaySucceed) {
  CloseRateLimiter gate(Rates(2, 2, 1, 1));
  EXPECT_EQ(NextReservation(gate, "a", "r", kStart), kStart);
  ASSERT_TRUE(gate.Reserve("a", "r", kStart));
  EXPECT_EQ(NextReservation(gate, "a", "r", kStart), SteadyTime::InfiniteFuture());  // only its own end brings it about
  ASSERT_TRUE(gate.Take("a", "r", kStart));
  EXPECT_EQ(NextReservation(gate, "a", "r", kStart), kStart + absl::Seconds(1));
  EXPECT_EQ(NextReservation(gate, "b", "r", kStart), kStart);
  ASSERT_TRUE(gate.Reserve("b", "r", kStart));
  ASSERT_TRUE(gate.Take("b", "r", kStart));
  EXPECT_EQ(NextReservation(gate, "c", "r", kStart), kStart + absl::Milliseconds(500));
}

CloseRates RuleRates(double rate, int64_t burst) {
  CloseRates rates = Rates(100, 100, 100, 100);
  rates.per_rule = {.closes_per_second = rate, .burst = burst};
  return rates;
}

TEST(CloseGateTest, EachRuleHasABucketOfItsOwnIfWanted) {
  CloseRateLimiter gate(RuleRates(1, 2));
  EXPECT_TRUE(gate.Reserve("a", "r", kStart));
  EXPECT_TRUE(gate.Reserve("b", "r", kStart));
  EXPECT_FALSE(gate.Reserve("c", "r", kStart));  // on whichever server
  EXPECT_TRUE(gate.Reserve("c", "s", kStart));
  gate.Release("a", "r");
  EXPECT_TRUE(gate.Reserve("c", "r", kStart));
}

TEST(CloseGateTest, ARefusedReservationPromisesNothingOfTheOtherBuckets) {
  CloseRates rates = Rates(1, 2, 1, 2);
  rates.per_rule = {.closes_per_second = 1, .burst = 1};
  CloseRateLimiter gate(rates);
  ASSERT_TRUE(gate.Reserve("a", "r", kStart));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(gate.Reserve("a", "r", kStart));
  EXPECT_TRUE(gate.Reserve("a", "s", kStart));  // the second token of the agent and of the server
}

// Each of the three buckets decides alone in turn: one tick before its next token, on it, and after it.
TEST(CloseGateTest, EachBucketOpensAtItsInstantAndNotBefore) {
  CloseRates rule = RuleRates(0.5, 1);
  for (const CloseRates& rates : {Rates(0.5, 1, 100, 100), Rates(100, 100, 0.5, 1), rule}) {
    for (const absl::Duration late : {-kTick, absl::ZeroDuration(), kTick}) {
      CloseRateLimiter gate(rates);
      ASSERT_TRUE(gate.Reserve("a", "r", kStart));
      ASSERT_TRUE(gate.Take("a", "r", kStart));
      EXPECT_EQ(NextReservation(gate, "a", "r", kStart), kStart + absl::Seconds(2));
      EXPECT_EQ(gate.Reserve("a", "r", kStart + absl::Seconds(2) + late), late >= absl::ZeroDuration());
    }
  }
}

TEST(CloseGateTest, AClockSetBackTakesNothing) {
  CloseRateLimiter gate(Rates(1, 1, 1, 1));
  ASSERT_TRUE(gate.Reserve("a", "r", kStart));
  ASSERT_TRUE(gate.Take("a", "r", kStart));
  ASSERT_TRUE(gate.Reserve("a", "r", kStart + absl::Seconds(1)));
  EXPECT_FALSE(gate.Take("a", "r", kStart - absl::Hours(1)));
  gate.Release("a", "r");
}

}  // namespace
}  // namespace idlewarden::agent
