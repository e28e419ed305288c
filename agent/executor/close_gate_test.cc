#include "agent/executor/close_gate.h"

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kTick = absl::Nanoseconds(1);
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

CloseRates Rates(double all, int64_t burst, double server, int64_t server_burst) {
  return {.closes_per_second = all,
          .burst = burst,
          .closes_per_second_per_server = server,
          .burst_per_server = server_burst};
}

TEST(CloseGateTest, NeedsATokenOfTheAgentAndOneOfTheServer) {
  CloseGate gate(Rates(1, 3, 1, 1));
  EXPECT_TRUE(gate.Reserve("a", kStart));
  EXPECT_FALSE(gate.Reserve("a", kStart));  // its own is promised
  EXPECT_TRUE(gate.Reserve("b", kStart));
  EXPECT_TRUE(gate.Reserve("c", kStart));
  EXPECT_FALSE(gate.Reserve("d", kStart));  // the agent's three are promised
}

TEST(CloseGateTest, AReleasedReservationIsFreeAgainAtOnce) {
  CloseGate gate(Rates(1, 1, 1, 1));
  ASSERT_TRUE(gate.Reserve("a", kStart));
  gate.Release("a");
  EXPECT_TRUE(gate.Reserve("b", kStart));
}

TEST(CloseGateTest, TokensAreTakenAtTheCloseAndNotAtTheReservation) {
  CloseGate gate(Rates(1, 1, 1, 1));
  ASSERT_TRUE(gate.Reserve("a", kStart));
  const absl::Time closed = kStart + absl::Seconds(7);
  ASSERT_TRUE(gate.Take("a", closed));
  EXPECT_FALSE(gate.Reserve("a", closed + absl::Seconds(1) - kTick));
  EXPECT_TRUE(gate.Reserve("a", closed + absl::Seconds(1)));
}

TEST(CloseGateTest, TellsWhenAReservationMaySucceed) {
  CloseGate gate(Rates(2, 2, 1, 1));
  EXPECT_EQ(gate.NextReservation("a", kStart), kStart);
  ASSERT_TRUE(gate.Reserve("a", kStart));
  EXPECT_EQ(gate.NextReservation("a", kStart), absl::InfiniteFuture());  // only its own end brings it about
  ASSERT_TRUE(gate.Take("a", kStart));
  EXPECT_EQ(gate.NextReservation("a", kStart), kStart + absl::Seconds(1));
  EXPECT_EQ(gate.NextReservation("b", kStart), kStart);
  ASSERT_TRUE(gate.Reserve("b", kStart));
  ASSERT_TRUE(gate.Take("b", kStart));
  EXPECT_EQ(gate.NextReservation("c", kStart), kStart + absl::Milliseconds(500));
}

TEST(CloseGateTest, AClockSetBackTakesNothing) {
  CloseGate gate(Rates(1, 1, 1, 1));
  ASSERT_TRUE(gate.Reserve("a", kStart));
  ASSERT_TRUE(gate.Take("a", kStart));
  ASSERT_TRUE(gate.Reserve("a", kStart + absl::Seconds(1)));
  EXPECT_FALSE(gate.Take("a", kStart - absl::Hours(1)));
  gate.Release("a");
}

}  // namespace
}  // namespace idlewarden::agent
