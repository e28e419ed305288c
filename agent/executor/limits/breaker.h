// Breaker: stops closing on a server that refuses it, and tries again now and then.
//
// Closed: closes go through. A denied right opens it at once, several failures in a row as well. Open: nothing is tried
// until a rest is over, which doubles each time. Half-open: one attempt at a time is tried; the first that closes
// something closes the breaker, the first that fails opens it again.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_LIMITS_BREAKER_H_
#define IDLEWARDEN_AGENT_EXECUTOR_LIMITS_BREAKER_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"

namespace idlewarden::agent {

struct BreakerOptions {
  int failures = 5;  // in a row
  absl::Duration initial_backoff = absl::Minutes(1);
  absl::Duration longest_backoff = absl::Minutes(30);
};

enum class BreakerState : uint8_t { kClosed, kOpen, kHalfOpen };

// "closed", "open", "half-open": metric label and status.
absl::string_view BreakerStateName(BreakerState state);

class Breaker {
 public:
  explicit Breaker(const BreakerOptions& options = {}) : options_(options) {}

  BreakerState state(SteadyTime now) const;
  // Whether an attempt may begin now.
  bool MayBegin(SteadyTime now) const;
  // While it is open: when it will be half-open.
  SteadyTime open_until() const { return open_until_; }

  // An attempt begins; then one of the following, once.
  void RecordStart(SteadyTime now);
  // A session was closed. True if that closed the breaker.
  bool RecordSuccess();
  // The server failed to close (denied it). True if that opened the breaker.
  bool RecordFailure(SteadyTime now);
  bool RecordDenial(SteadyTime now);
  // It ended without telling anything of the server. Of several that are under way since before the breaker opened, one
  // may end the trial of another: then two try, not none.
  void RecordNoResult() { trial_under_way_ = false; }

 private:
  bool Open(SteadyTime now);

  BreakerOptions options_;
  int failures_ = 0;  // in a row, while closed
  int openings_ = 0;  // in a row; 0: closed
  SteadyTime open_until_ = SteadyTime::InfinitePast();
  bool trial_under_way_ = false;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_LIMITS_BREAKER_H_
