// UnresolvedCloses: the closes that were sent, or were just about to be, by a process that ended before it knew the
// outcome.
//
// The next full enumeration of the server tells it: the pair's sessions have gone, or a younger one is there, or those
// that were to be closed still are. As long as the server does not answer, a close stays open.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_UNRESOLVED_CLOSES_H_
#define IDLEWARDEN_AGENT_EXECUTOR_UNRESOLVED_CLOSES_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/journal/close_record.h"
#include "policy/model/pair_key.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

class UnresolvedCloses {
 public:
  // A close may take effect up to `patience` after it was sent: sessions that an earlier enumeration shows prove
  // nothing.
  explicit UnresolvedCloses(absl::Duration patience) : patience_(patience) {}

  void Add(UnresolvedClose close);
  bool Contains(const policy::PairKey& key) const { return unresolved_.contains(key); }
  size_t size() const { return unresolved_.size(); }

  // A full enumeration of the server that was begun at `began`. Gives the outcomes that it tells, and forgets these
  // closes. `closed` is followed by `returned` if the pair was back within a minute. An enumeration without any
  // session is believed when the next is so, too.
  std::vector<CloseOutcome> Observe(absl::string_view server, SteadyTime began,
                                    const std::vector<policy::Session>& sessions, SteadyTime now);

  // Takes out the closes of the servers that `filter` holds for.
  std::vector<UnresolvedClose> TakeIf(const std::function<bool(const std::string& server)>& filter);

 private:
  struct Unresolved {
    UnresolvedClose close;
    bool seen_empty = false;  // the server, by the enumeration before
  };

  // False: this enumeration does not tell.
  bool Judge(Unresolved& open, SteadyTime began, const std::vector<policy::Session>& sessions, CloseOutcome& outcome,
             bool& returned) const;

  absl::Duration patience_;
  std::multimap<policy::PairKey, Unresolved> unresolved_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_UNRESOLVED_CLOSES_H_
