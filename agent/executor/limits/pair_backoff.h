// PairBackoff: the pairs that are left alone for a while, because a close of theirs went wrong a moment ago, or because
// they come back each time they are closed.
//
// A pair that returned three times in a row backs off: a first rest, then twice as long each time, up to a longest one.
// A close after which it stayed away ends the row.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_LIMITS_PAIR_BACKOFF_H_
#define IDLEWARDEN_AGENT_EXECUTOR_LIMITS_PAIR_BACKOFF_H_

#include <cstddef>
#include <map>
#include <set>

#include "absl/time/time.h"
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

  void AfterFailure(const policy::PairKey& key, absl::Time now);
  void AfterClose(const policy::PairKey& key, absl::Time now);
  // After a close, at most once. How long the pair backs off; zero if it does not.
  absl::Duration AfterReturn(const policy::PairKey& key, absl::Time now);

  bool InBackoff(const policy::PairKey& key, absl::Time now) const;
  // How many pairs back off because they return.
  size_t backed_off(absl::Time now) const;

  // Forgets the pairs of which nothing was heard for a day.
  void Prune(absl::Time now);
  size_t size() const { return pairs_.size(); }

 private:
  struct Pair {
    absl::Time rests_until = absl::InfinitePast();
    absl::Time backs_off_until = absl::InfinitePast();
    int returns = 0;        // in a row
    bool returned = false;  // since the last close
    absl::Time heard_of;
  };

  void ForgetBackoff(const Pair& pair);

  BackoffOptions options_;
  std::map<policy::PairKey, Pair> pairs_;
  std::multiset<absl::Time> backoff_ends_;  // of the pairs, those that have backed off
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_LIMITS_PAIR_BACKOFF_H_
