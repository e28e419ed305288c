#include "agent/clock/real_clock.h"

#include <time.h>

#include "absl/time/clock.h"

namespace idlewarden::agent {
namespace {

// Goes on while the machine is suspended, other than std::chrono::steady_clock: what was seen before that is old after
// it.
absl::Duration SinceBoot() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

// The two clocks read at one moment, the first time that anybody asks.
struct Origin {
  absl::Time wall = absl::Now();
  absl::Duration since_boot = SinceBoot();
};

}  // namespace

absl::Time RealClock::Now() const { return absl::Now(); }

absl::Time RealClock::SteadyNow() const {
  static const Origin origin;
  return origin.wall + (SinceBoot() - origin.since_boot);
}

}  // namespace idlewarden::agent
