#include "agent/clock/steady_time.h"

#include <type_traits>

#include "agent/clock/simulated_event_loop.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

// What the type is for: neither clock's time passes for the other's.
static_assert(!std::is_convertible_v<absl::Time, SteadyTime> && !std::is_convertible_v<SteadyTime, absl::Time>);
static_assert(!std::is_constructible_v<SteadyTime, absl::Time> && !std::is_constructible_v<absl::Time, SteadyTime>);
static_assert(!std::is_assignable_v<SteadyTime&, absl::Time> && !std::is_assignable_v<absl::Time&, SteadyTime>);

TEST(SteadyTimeTest, DurationsTakeItForthAndBack) {
  const SteadyTime time = SteadyTime() + absl::Seconds(5);
  EXPECT_EQ(time - SteadyTime(), absl::Seconds(5));
  EXPECT_EQ(time - absl::Seconds(5), SteadyTime());
  EXPECT_LT(SteadyTime(), time);
  EXPECT_LT(SteadyTime::InfinitePast(), time);
  EXPECT_GT(SteadyTime::InfiniteFuture(), time);
  EXPECT_EQ(SteadyTime::InfiniteFuture() - absl::Hours(1), SteadyTime::InfiniteFuture());
}

TEST(SteadyTimeTest, AWallClockThatIsSetMovesWallTimesAndNoSteadyOnes) {
  SimulatedEventLoop loop;
  const absl::Time wall = loop.Now();
  const SteadyTime steady = loop.SteadyNow();
  loop.SetWallClock(absl::Hours(3));
  EXPECT_EQ(loop.SteadyNow(), steady);
  EXPECT_EQ(loop.WallTimeOf(steady), wall + absl::Hours(3));
  EXPECT_EQ(loop.SteadyTimeOf(wall), steady - absl::Hours(3));
  loop.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(loop.SteadyNow() - steady, absl::Minutes(1));
}

}  // namespace
}  // namespace idlewarden::agent
