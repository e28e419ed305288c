// The agent's only source of time. Nothing else reads the system's clock, so that everything about time is tested by
// stepping a simulated one.

#ifndef IDLEWARDEN_AGENT_CLOCK_CLOCK_H_
#define IDLEWARDEN_AGENT_CLOCK_CLOCK_H_

#include "absl/time/time.h"
#include "agent/clock/steady_time.h"

namespace idlewarden::agent {

// Threads: all implementations may be read from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time: for windows, records and display. May be set, forward and back, at any moment.
  virtual absl::Time Now() const = 0;
  // For everything that is measured: intervals, deadlines, rates. Never set.
  virtual SteadyTime SteadyNow() const = 0;

  // What the wall clock, as it is set now, showed or will show at an instant of SteadyNow; and back.
  absl::Time WallTimeOf(SteadyTime steady) const { return Now() - (SteadyNow() - steady); }
  SteadyTime SteadyTimeOf(absl::Time wall) const { return SteadyNow() - (Now() - wall); }
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_CLOCK_H_
