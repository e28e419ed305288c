#include "agent/executor/limits/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace idlewarden::agent {

namespace {

constexpr double kLongestPeriodNanoseconds = 1e18;  // 31 years

}  // namespace

TokenBucket::TokenBucket(double per_second, int64_t burst)
    : period_(absl::Nanoseconds(
          static_cast<int64_t>(std::min(std::ceil(1e9 / std::max(per_second, 1e-9)), kLongestPeriodNanoseconds)))),
      burst_(std::max<int64_t>(burst, 1)) {}

SteadyTime TokenBucket::FullAt(SteadyTime now) const { return std::clamp(full_at_, now, now + period_ * burst_); }

int64_t TokenBucket::Available(SteadyTime now) const {
  absl::Duration remainder;
  int64_t missing = absl::IDivDuration(FullAt(now) - now, period_, &remainder);
  if (remainder > absl::ZeroDuration()) ++missing;
  return burst_ - missing;
}

bool TokenBucket::Take(SteadyTime now) {
  if (Available(now) < 1) return false;
  full_at_ = FullAt(now) + period_;
  return true;
}

SteadyTime TokenBucket::AvailableAt(int64_t count, SteadyTime now) const {
  if (count > burst_) return SteadyTime::InfiniteFuture();
  return std::max(now, FullAt(now) - period_ * (burst_ - count));
}

}  // namespace idlewarden::agent
