// What a wall clock that is set while the agent runs must not do: shorten a wait, refill a bucket, stop the work.

#include <string>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class ClockStepsTest : public ::testing::Test {
 protected:
  SimulatedServer& Start(const std::string& rule) {
    agent_.policy = absl::StrCat("version: 1\nrules:\n  - {name: idle-ones, ", rule, ", mode: enforce}\n");
    agent_.Start();
    return agent_.AddServer("fs01");
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }

  SimulatedEventLoop loop_;
  AgentFixture agent_{loop_};
};

TEST_F(ClockStepsTest, AWaitIsNotOverBecauseTheClockWasSetForward) {
  SimulatedServer& server = Start("when: {idle: 10m}, for: 30m");
  server.AddSession("10.0.0.1", "idle", 700, 7200);
  Run(absl::Minutes(10));
  loop_.SetWallClock(absl::Hours(2));
  Run(absl::Minutes(15));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.DecisionOf("idle"), "pending/for");
  Run(absl::Minutes(15));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");
}

TEST_F(ClockStepsTest, AClockThatIsSetBackStopsNothing) {
  SimulatedServer& server = Start("when: {idle: 10m}");
  server.AddSession("10.0.0.1", "soon", 0, 7200);
  Run(absl::Minutes(1));
  const absl::Time set_back = loop_.Now() - absl::Hours(24);
  loop_.SetWallClock(-absl::Hours(24));
  Run(absl::Minutes(10));
  ASSERT_EQ(agent_.OutcomesOf("soon"), "closed");
  // On record by the wall clock, as people read it.
  const absl::Time at = agent_.view()->recent_closes.at(0).at;
  EXPECT_GE(at, set_back);
  EXPECT_LE(at, loop_.Now());
}

TEST_F(ClockStepsTest, AClockThatIsSetForwardRefillsNoBucket) {
  agent_.options.executor.rates = {.closes_per_second = 0.01, .burst = 1};
  agent_.options.executor.queue_time_to_live = absl::Hours(1);
  SimulatedServer& server = Start("when: {idle: 10m}");
  server.AddSession("10.0.0.1", "first", 900, 7200);
  server.AddSession("10.0.0.2", "second", 800, 7200);
  Run(absl::Seconds(5));
  ASSERT_THAT(server.closes(), SizeIs(1));
  loop_.SetWallClock(absl::Hours(1));
  Run(absl::Seconds(50));
  EXPECT_THAT(server.closes(), SizeIs(1));
  Run(absl::Seconds(60));
  EXPECT_THAT(server.closes(), SizeIs(2));
}

}  // namespace
}  // namespace idlewarden::agent
