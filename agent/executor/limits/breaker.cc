#include "agent/executor/limits/breaker.h"

#include <algorithm>
#include <utility>

namespace idlewarden::agent {

absl::string_view BreakerStateName(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half-open";
  }
  return "open";
}

BreakerState Breaker::state(SteadyTime now) const {
  if (openings_ == 0) return BreakerState::kClosed;
  return now < open_until_ ? BreakerState::kOpen : BreakerState::kHalfOpen;
}

bool Breaker::MayBegin(SteadyTime now) const {
  switch (state(now)) {
    case BreakerState::kClosed:
      return true;
    case BreakerState::kHalfOpen:
      return !trial_under_way_;
    case BreakerState::kOpen:
      break;
  }
  return false;
}

void Breaker::RecordStart(SteadyTime now) { trial_under_way_ = state(now) == BreakerState::kHalfOpen; }

bool Breaker::RecordSuccess() {
  failures_ = 0;
  trial_under_way_ = false;
  return std::exchange(openings_, 0) > 0;
}

bool Breaker::RecordFailure(SteadyTime now) {
  if (openings_ > 0 || ++failures_ >= options_.failures) return Open(now);
  return false;
}

bool Breaker::RecordDenial(SteadyTime now) { return Open(now); }

bool Breaker::Open(SteadyTime now) {
  trial_under_way_ = false;
  // Attempts that began before it opened end one after the other: they tell what is known.
  if (state(now) == BreakerState::kOpen) return false;
  failures_ = 0;
  const int doublings = std::min(openings_++, 20);
  open_until_ = now + std::min(options_.longest_backoff, options_.initial_backoff * (int64_t{1} << doublings));
  return true;
}

}  // namespace idlewarden::agent
