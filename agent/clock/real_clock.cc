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

}  // namespace

absl::Time RealClock::Now() const { return absl::Now(); }

SteadyTime RealClock::SteadyNow() const { return SteadyTime::AfterOrigin(SinceBoot()); }

}  // namespace idlewarden::agent
