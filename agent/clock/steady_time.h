// SteadyTime: an instant of the clock that nobody sets, which everything that is measured goes by (intervals,
// deadlines, rates, waits). A type of its own, so that the compiler keeps it apart from wall-clock time (absl::Time):
// mixing the two would close sessions early after the wall clock was set.
//
// Comparable within one process only. Clock::WallTimeOf and Clock::SteadyTimeOf are the only ways from one to the
// other. Plain value, no thread rule.

#ifndef IDLEWARDEN_AGENT_CLOCK_STEADY_TIME_H_
#define IDLEWARDEN_AGENT_CLOCK_STEADY_TIME_H_

#include <compare>
#include <ostream>

#include "absl/time/time.h"

namespace idlewarden::agent {

class SteadyTime {
 public:
  // The origin, which means nothing by itself.
  constexpr SteadyTime() = default;
  static constexpr SteadyTime AfterOrigin(absl::Duration duration) { return SteadyTime(duration); }

  // Before and after all others.
  static constexpr SteadyTime InfinitePast() { return SteadyTime(-absl::InfiniteDuration()); }
  static constexpr SteadyTime InfiniteFuture() { return SteadyTime(absl::InfiniteDuration()); }

  // For what knows no SteadyTime: the policy core, and timers of the system.
  constexpr absl::Duration since_origin() const { return since_origin_; }

  SteadyTime& operator+=(absl::Duration duration) {
    since_origin_ += duration;
    return *this;
  }

  friend SteadyTime operator+(SteadyTime time, absl::Duration duration) {
    return SteadyTime(time.since_origin_ + duration);
  }
  friend SteadyTime operator-(SteadyTime time, absl::Duration duration) {
    return SteadyTime(time.since_origin_ - duration);
  }
  friend absl::Duration operator-(SteadyTime a, SteadyTime b) { return a.since_origin_ - b.since_origin_; }

  // absl::Duration has no <=>.
  friend bool operator==(SteadyTime a, SteadyTime b) { return a.since_origin_ == b.since_origin_; }
  friend std::weak_ordering operator<=>(SteadyTime a, SteadyTime b) {
    if (a.since_origin_ < b.since_origin_) return std::weak_ordering::less;
    return b.since_origin_ < a.since_origin_ ? std::weak_ordering::greater : std::weak_ordering::equivalent;
  }

  friend std::ostream& operator<<(std::ostream& out, SteadyTime time) { return out << time.since_origin_; }

 private:
  explicit constexpr SteadyTime(absl::Duration since_origin) : since_origin_(since_origin) {}

  absl::Duration since_origin_ = absl::ZeroDuration();
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_STEADY_TIME_H_
