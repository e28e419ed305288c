// The system's own clocks. This file and its neighbours named real_* are the only ones that read them, so that
// everything else about time is tested by stepping a simulated clock.

#ifndef IDLEWARDEN_AGENT_CLOCK_REAL_CLOCK_H_
#define IDLEWARDEN_AGENT_CLOCK_REAL_CLOCK_H_

#include "absl/time/time.h"
#include "agent/clock/clock.h"

namespace idlewarden::agent {

// Threads: any.
class RealClock final : public Clock {
 public:
  absl::Time Now() const override;
  SteadyTime SteadyNow() const override;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_REAL_CLOCK_H_
