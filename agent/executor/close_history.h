// CloseHistory: what came of the closes, and what follows from it: pairs that rest, servers whose breaker is open,
// pairs that were closed a moment ago, and closes whose outcome an earlier run left open. The only writer of outcomes
// of attempts.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_CLOSE_HISTORY_H_
#define IDLEWARDEN_AGENT_EXECUTOR_CLOSE_HISTORY_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/clock.h"
#include "agent/executor/close_attempt.h"
#include "agent/executor/journal/close_record.h"
#include "agent/executor/journal/journal.h"
#include "agent/executor/limits/breaker.h"
#include "agent/executor/limits/pair_backoff.h"
#include "agent/executor/return_tracker.h"
#include "agent/executor/unresolved_closes.h"
#include "policy/model/pair_key.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

// For status and metrics.
struct BreakerStatus {
  BreakerState state = BreakerState::kClosed;
  std::string why;             // it is not closed
  SteadyTime half_open_after;  // while it is open
};

class CloseHistory {
 public:
  struct Options {
    BackoffOptions backoff;
    BreakerOptions breaker;
    absl::Duration patience;  // see UnresolvedCloses
  };

  CloseHistory(const Clock& clock, const Options& options, CloseRecorder& recorder);

  // False while there is a reason to leave the pair, or its server, alone.
  bool MayQueue(const policy::PairKey& key) const;
  // Whether the server's breaker lets an attempt begin.
  bool MayBegin(const std::string& server, SteadyTime now) const;
  // An attempt begins; then comes one of the two below.
  void RecordStart(const std::string& server);
  void RecordNoResult(const std::string& server);
  // Records the outcome (twice, if the pair is back already) and remembers what follows.
  void RecordOutcome(const policy::PairKey& key, CloseOutcome outcome, const AttemptResult& result);

  // A full enumeration that was begun at `began`; see Executor::Observe.
  void Observe(absl::string_view server, SteadyTime began, std::vector<policy::Session>& sessions);
  // To be called often; forgets now and then what no longer matters.
  void Prune();

  void AddUnresolved(UnresolvedClose close) { unresolved_.Add(std::move(close)); }
  // Ends the unresolved closes of the servers that `filter` holds for: nobody is left to ask.
  void FailUnresolved(const std::function<bool(const std::string& server)>& filter);
  // A server that is added again begins anew.
  void ForgetBreaker(const std::string& server) { breakers_.erase(server); }

  size_t unresolved_closes() const { return unresolved_.size(); }
  size_t backed_off() const { return backoff_.backed_off(clock_.SteadyNow()); }
  BreakerStatus breaker(absl::string_view server, SteadyTime now) const;
  // Those whose breaker is not closed.
  std::map<std::string, BreakerStatus> servers_with_open_breaker() const;

 private:
  struct ServerBreaker {
    Breaker breaker;
    std::string why;
  };

  static BreakerStatus StatusOf(const ServerBreaker& entry, SteadyTime now);
  void CloseBreaker(const std::string& server);
  void UpdateBreaker(const std::string& server, const CloseOutcome& outcome);
  void ObserveUnresolved(absl::string_view server, SteadyTime began, const std::vector<policy::Session>& sessions);
  void WriteReturned(const policy::PairKey& key, const CloseOutcome& outcome);

  const Clock& clock_;
  const Options options_;
  CloseRecorder& recorder_;
  ReturnTracker returns_;
  UnresolvedCloses unresolved_;
  PairBackoff backoff_;
  // Of servers with a failure since the last close that succeeded: the others' are as new.
  std::map<std::string, ServerBreaker, std::less<>> breakers_;
  SteadyTime next_prune_ = SteadyTime::InfinitePast();
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_CLOSE_HISTORY_H_
