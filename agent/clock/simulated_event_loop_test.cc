#include "agent/clock/simulated_event_loop.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

class SimulatedEventLoopTest : public testing::Test {
 protected:
  EventLoop::Task Note(std::string what) {
    return [this, what] { seen_.push_back(what); };
  }

  SimulatedEventLoop loop_;
  const SteadyTime start_ = loop_.SteadyNow();
  const absl::Time wall_start_ = loop_.Now();
  std::vector<std::string> seen_;
};

TEST_F(SimulatedEventLoopTest, NothingRunsByItself) {
  loop_.Post(Note("task"));
  loop_.RunAt(start_, Note("timer"));
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(loop_.RunUntilIdle(), 2u);
  EXPECT_EQ(seen_, (std::vector<std::string>{"task", "timer"}));
}

TEST_F(SimulatedEventLoopTest, TimersFireNotOneTickEarly) {
  const SteadyTime when = start_ + absl::Seconds(5);
  loop_.RunAt(when, Note("timer"));
  loop_.AdvanceTo(when - absl::Nanoseconds(1));
  EXPECT_TRUE(seen_.empty());
  loop_.AdvanceTo(when);
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(SimulatedEventLoopTest, TimersRunInOrderOfTimeThenOfSetting) {
  loop_.RunAt(start_ + absl::Seconds(2), Note("second"));
  loop_.RunAt(start_ + absl::Seconds(2), Note("third"));
  loop_.RunAt(start_ + absl::Seconds(1), Note("first"));
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(seen_, (std::vector<std::string>{"first", "second", "third"}));
}

TEST_F(SimulatedEventLoopTest, NowIsTheTimersOwnTimeAndChainsRunInOneAdvance) {
  std::vector<absl::Time> times;
  loop_.RunAt(start_ + absl::Seconds(1), [&] {
    times.push_back(loop_.Now());
    loop_.RunAt(loop_.SteadyNow() + absl::Seconds(1), [&] { times.push_back(loop_.Now()); });
  });
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(times, (std::vector<absl::Time>{wall_start_ + absl::Seconds(1), wall_start_ + absl::Seconds(2)}));
  EXPECT_EQ(loop_.Now(), wall_start_ + absl::Seconds(10));
}

TEST_F(SimulatedEventLoopTest, PostedTasksOfATimerRunBeforeTheNextTimer) {
  loop_.RunAt(start_, [&] {
    seen_.push_back("a");
    loop_.Post(Note("posted by a"));
  });
  loop_.RunAt(start_, Note("b"));
  loop_.RunUntilIdle();
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "posted by a", "b"}));
}

TEST_F(SimulatedEventLoopTest, CancelledTimersDoNotRun) {
  const EventLoop::TimerId timer = loop_.RunAt(start_ + absl::Seconds(1), Note("timer"));
  EXPECT_NE(timer, 0u);
  EXPECT_EQ(loop_.NextTimer(), start_ + absl::Seconds(1));
  loop_.CancelTimer(timer);
  loop_.CancelTimer(timer);
  loop_.AdvanceBy(absl::Seconds(2));
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(loop_.NextTimer(), std::nullopt);
}

TEST_F(SimulatedEventLoopTest, ASetWallClockFiresNoTimerAndStopsNone) {
  const SteadyTime steady = loop_.SteadyNow();
  loop_.RunAt(steady + absl::Seconds(10), Note("timer"));
  loop_.SetWallClock(absl::Hours(1));
  loop_.RunUntilIdle();
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(loop_.Now(), wall_start_ + absl::Hours(1));
  EXPECT_EQ(loop_.SteadyNow(), steady);
  loop_.SetWallClock(-absl::Hours(3));
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(seen_.size(), 1u);
  EXPECT_EQ(loop_.WallTimeOf(steady), wall_start_ - absl::Hours(2));
  EXPECT_EQ(loop_.SteadyTimeOf(loop_.Now()), loop_.SteadyNow());
}

TEST_F(SimulatedEventLoopTest, TimeNeverGoesBack) {
  loop_.AdvanceTo(start_ - absl::Hours(1));
  EXPECT_EQ(loop_.Now(), wall_start_);
  loop_.RunAt(start_ - absl::Hours(1), Note("late"));
  loop_.RunUntilIdle();
  EXPECT_EQ(seen_.size(), 1u);
  EXPECT_EQ(loop_.Now(), wall_start_);
}

}  // namespace
}  // namespace idlewarden::agent
