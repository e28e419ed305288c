// PairBackoff: the pairs that are not closed for a while, because a close of theirs went wrong a moment ago, or because
// they come back each time they are closed.
//
// A pair that returned three times in a row backs off: for a first time, then twice as long each time, up to a longest
// one. A close after which it stayed away ends the row.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_LIMITS_PAIR_BACKOFF_H_
#define IDLEWARDEN_AGENT_EXECUTOR_LIMITS_PAIR_BACKOFF_H_

#include <cstddef>
#include <map>
#include <set>

#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "policy/model/pair_key.h"

namespace idlewarden::agent {

struct BackoffOptions {
  absl::Duration after_failure = absl::Minutes(1);  // `survived`, `denied`, `failed`
  absl::Duration first_backoff = absl::Minutes(5);
  absl::Duration longest_backoff = absl::Hours(1);
};

class PairBackoff {
 public:
  explicit PairBackoff(const BackoffOptions& options = {}) : options_(options) {}

  void AfterFailure(const policy::PairKey& key, SteadyTime now);
  void AfterClose(const policy::PairKey& key, SteadyTime now);
  // After a close, at most once. How long the pair backs off; zero if it does not.
  absl::Duration AfterReturn(const policy::PairKey& key, SteadyTime now);

  bool InBackoff(const policy::PairKey& key, SteadyTime now) const;
  // How many pairs back off because they return.
  size_t backed_off(SteadyTime now) const;

  // Forgets the pairs of which nothing was heard for a day.
  void Prune(SteadyTime now);
  size_t size() const { return pairs_.size(); }

 private:
  struct Pair {
    SteadyTime after_failure_until = SteadyTime::InfinitePast();
    SteadyTime after_returns_until = SteadyTime::InfinitePast();
    int returns = 0;        // in a row
    bool returned = false;  // since the last close
    SteadyTime heard_of;
  };

  void ForgetBackoff(const Pair& pair);

  BackoffOptions options_;
  std::map<policy::PairKey, Pair> pairs_;
  std::multiset<SteadyTime> backoff_ends_;  // of the pairs, those that have backed off
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_LIMITS_PAIR_BACKOFF_H_
