#include "agent/clock/real_clock.h"

#include "absl/time/clock.h"

namespace idlewarden::agent {

absl::Time RealClock::Now() const { return absl::Now(); }

}  // namespace idlewarden::agent
