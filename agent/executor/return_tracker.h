// ReturnTracker: the pairs closed a while ago: whether one was back within a minute, and whether a plan still speaks of
// the sessions that were closed because it rests on an enumeration from before. A server may be enumerated much later
// than a minute after a close: the age of the new session then tells when it began.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_RETURN_TRACKER_H_
#define IDLEWARDEN_AGENT_EXECUTOR_RETURN_TRACKER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/executor/journal/close_record.h"
#include "policy/model/pair_key.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

class ReturnTracker {
 public:
  explicit ReturnTracker(absl::Duration window = absl::Minutes(1)) : window_(window) {}

  // `outcome` is kClosed. `looked_at` and `least_age_seconds` are of the look right before the close: sessions older
  // than that, as time goes on, are the ones that were closed.
  void AddClosed(const policy::PairKey& key, const CloseOutcome& outcome, absl::Time looked_at,
                 std::optional<int64_t> least_age_seconds);
  // The pair was seen to be back already when its close was verified.
  void MarkReturned(const policy::PairKey& key);

  // A full enumeration of the server that was begun at `began`. Gives the outcome `returned`, once, for each pair that
  // has a younger session which began within a minute of the close.
  std::vector<CloseOutcome> Observe(absl::string_view server, absl::Time began,
                                    const std::vector<policy::Session>& sessions);

  // True while nothing newer than the pair's close has shown it: a plan that names it rests on older knowledge.
  bool IsJustClosed(const policy::PairKey& key, absl::Time now) const;

  // Takes out the sessions of pairs whose close was verified after `began`, when the enumeration that shows them began:
  // they are of the past.
  void DropClosedSince(absl::string_view server, absl::Time began, std::vector<policy::Session>& sessions) const;

  // Forgets what was closed more than an hour ago.
  void Prune(absl::Time now);
  size_t size() const { return closed_.size(); }

 private:
  struct Closed {
    CloseOutcome outcome;
    absl::Time looked_at;
    std::optional<int64_t> least_age_seconds;
    bool seen_since = false;
    bool returned = false;
  };

  // Calls visit(session, closed) for each session of a pair of the server that is remembered.
  template <typename Visit>
  void ForEachRemembered(absl::string_view server, const std::vector<policy::Session>& sessions, const Visit& visit);
  bool IsReturn(const Closed& closed, const policy::Session& session, absl::Time began) const;

  absl::Duration window_;
  std::map<policy::PairKey, Closed> closed_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_RETURN_TRACKER_H_
