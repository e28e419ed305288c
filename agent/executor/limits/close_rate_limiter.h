// CloseRateLimiter: the token buckets of the whole agent, of each server and, if wanted, of each rule, and the places
// promised to attempts under way.
//
// A token is taken at the instant of the close, not when the attempt begins: the looks before it take their time, and
// closes that began apart must not bunch up. So an attempt reserves its tokens when it begins, takes them when it
// closes, and gives the reservation back if it never does. What is reserved is never promised twice.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_LIMITS_CLOSE_RATE_LIMITER_H_
#define IDLEWARDEN_AGENT_EXECUTOR_LIMITS_CLOSE_RATE_LIMITER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/limits/token_bucket.h"

namespace idlewarden::agent {

struct CloseRate {
  double closes_per_second = 1;
  int64_t burst = 1;
};

struct CloseRates {
  double closes_per_second = 2;
  int64_t burst = 5;
  double closes_per_second_per_server = 1;
  int64_t burst_per_server = 2;
  std::optional<CloseRate> per_rule;  // none: rules have no buckets
};

class CloseRateLimiter {
 public:
  explicit CloseRateLimiter(const CloseRates& rates);

  // True if a token of each of the three is there and not promised; they then are.
  bool Reserve(const std::string& server, const std::string& rule, SteadyTime now);
  // Gives a reservation back.
  void Release(const std::string& server, const std::string& rule);
  // Turns a reservation into tokens taken. False only if the clock was set back meanwhile; it stays reserved then.
  bool Take(const std::string& server, const std::string& rule, SteadyTime now);

  // The earliest times, not before `now`, at which there is a token that is not promised; InfiniteFuture if only a
  // Release or Take can bring that about. Reserve succeeds when all three have come.
  SteadyTime NextOfAll(SteadyTime now) const { return all_.NextFree(now); }
  SteadyTime NextOfServer(const std::string& server, SteadyTime now) const;
  SteadyTime NextOfRule(const std::string& rule, SteadyTime now) const;

 private:
  struct Bucket {
    TokenBucket tokens;
    int64_t reserved = 0;

    bool HasFree(SteadyTime now) const { return tokens.Available(now) > reserved; }
    SteadyTime NextFree(SteadyTime now) const { return tokens.AvailableAt(reserved + 1, now); }
  };
  using Buckets = std::map<std::string, Bucket>;

  // All that a close of the rule on the server needs a token of.
  std::vector<Bucket*> BucketsOf(const std::string& server, const std::string& rule);

  CloseRates rates_;
  Bucket all_;
  // Kept for servers and rules that leave, so that one that comes back does not bring a new burst.
  Buckets servers_;
  Buckets rules_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_LIMITS_CLOSE_RATE_LIMITER_H_
