// RunningAttempts: the attempts under way, by pair, and what the next one has to know of them.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_RUNNING_ATTEMPTS_H_
#define IDLEWARDEN_AGENT_EXECUTOR_RUNNING_ATTEMPTS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/close_attempt.h"
#include "agent/executor/close_queue.h"
#include "policy/model/pair_key.h"

namespace idlewarden::agent {

struct RunningAttempt {
  std::unique_ptr<CloseAttempt> close;
  std::string rule;      // of whose bucket a token is reserved
  bool reserved = true;  // tokens are promised, and neither taken nor given back
  SteadyTime sent_at = SteadyTime::InfiniteFuture();
  bool withdrawn = false;  // a newer plan no longer closes the pair

  bool sent() const { return sent_at != SteadyTime::InfiniteFuture(); }
};

class RunningAttempts {
 public:
  bool empty() const { return attempts_.empty(); }
  size_t size() const { return attempts_.size(); }
  bool Contains(const policy::PairKey& key) const { return attempts_.contains(key); }
  // The pair must be there.
  RunningAttempt& At(const policy::PairKey& key) { return attempts_.at(key); }
  // The pair must not be there.
  RunningAttempt& Add(const policy::PairKey& key) { return attempts_[key]; }
  // Takes the pair's out; it must be there.
  RunningAttempt Take(const policy::PairKey& key);
  // Takes out all those of a server, or all there are.
  std::vector<RunningAttempt> TakeOf(const std::string& server);
  std::vector<RunningAttempt> TakeAll();

  size_t CountOf(const std::string& server) const;
  // Whether one for another user of the entry's client is there (or was sent) that the entry's must not meet: where a
  // close ends the client's whole connection, two of them would end the same one.
  bool IsClientBusy(const QueuedClose& entry, bool only_sent) const;

  void ForEach(const std::function<void(const policy::PairKey& key, RunningAttempt& attempt)>& visit);

 private:
  // Keys are ordered by server, client and user.
  std::map<policy::PairKey, RunningAttempt> attempts_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_RUNNING_ATTEMPTS_H_
