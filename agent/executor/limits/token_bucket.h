// TokenBucket: over any window at most rate x window + burst tokens are taken, exactly.
//
// Kept as the one instant at which the bucket would be full again (the generic cell rate algorithm), in whole
// nanoseconds and rounded towards fewer tokens, so nothing drifts however long it runs.
//
// Threads: not synchronised. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_LIMITS_TOKEN_BUCKET_H_
#define IDLEWARDEN_AGENT_EXECUTOR_LIMITS_TOKEN_BUCKET_H_

#include <cstdint>

#include "absl/time/time.h"
#include "agent/clock/steady_time.h"

namespace idlewarden::agent {

class TokenBucket {
 public:
  // Full at first. `per_second` above 0, `burst` at least 1.
  TokenBucket(double per_second, int64_t burst);

  // Whole tokens there at `now`.
  int64_t Available(SteadyTime now) const;
  // Takes one; false, and nothing taken, if there is none.
  bool Take(SteadyTime now);
  // The earliest time, not before `now`, at which `count` tokens will be there if none is taken; InfiniteFuture if
  // `count` is more than the burst.
  SteadyTime AvailableAt(int64_t count, SteadyTime now) const;

 private:
  // When the bucket is full again. A clock that was set back must not close the gate for as long as it went back:
  // at worst the bucket is empty.
  SteadyTime FullAt(SteadyTime now) const;

  absl::Duration period_;
  int64_t burst_;
  SteadyTime full_at_ = SteadyTime::InfinitePast();
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_LIMITS_TOKEN_BUCKET_H_
