// The agent's only source of time. Nothing else reads the system's clock, so that everything about time is tested by
// stepping a simulated one.

#ifndef IDLEWARDEN_AGENT_CLOCK_CLOCK_H_
#define IDLEWARDEN_AGENT_CLOCK_CLOCK_H_

#include "absl/time/time.h"

namespace idlewarden::agent {

// Threads: all implementations may be read from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time: for windows, records and display.
  virtual absl::Time Now() const = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_CLOCK_H_
