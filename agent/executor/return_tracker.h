// ReturnTracker: the pairs closed within the last hour: which of them came back within a minute, and whether a plan
// still speaks of the sessions that were closed because it was made from an older enumeration. A server may be
// enumerated much later than a minute after a close: the age of the new session then tells when it began.
//
// An agent may close 50 sessions a second, so of each close only that is kept which a record of its return needs; what
// the closes of a plan by one rule have in common is kept once.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_RETURN_TRACKER_H_
#define IDLEWARDEN_AGENT_EXECUTOR_RETURN_TRACKER_H_

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/journal/close_record.h"
#include "policy/model/pair_key.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

class ReturnTracker {
 public:
  // `outcome` is kClosed. `rechecked_at` and `least_age_seconds` are of the re-check right before the close: sessions
  // older than that, as time goes on, are the ones that were closed.
  void AddClosed(const policy::PairKey& key, const CloseOutcome& outcome, SteadyTime rechecked_at,
                 std::optional<int64_t> least_age_seconds);
  // The pair was seen to be back already when its close was verified.
  void MarkReturned(const policy::PairKey& key);

  // A full enumeration of the server that was begun at `began`. Gives the outcome `returned`, once, for each pair that
  // has a younger session which began within a minute of the close.
  std::vector<CloseOutcome> Observe(absl::string_view server, SteadyTime began,
                                    const std::vector<policy::Session>& sessions);

  // True while nothing newer than the pair's close has shown it: a plan that names it rests on older knowledge.
  bool IsJustClosed(const policy::PairKey& key, SteadyTime now) const;

  // Takes out the sessions of pairs whose close was verified after `began`, when the enumeration that shows them began:
  // they are of the past.
  void DropClosedSince(absl::string_view server, SteadyTime began, std::vector<policy::Session>& sessions) const;

  // Forgets what was closed more than an hour ago.
  void Prune(SteadyTime now);
  size_t size() const { return closed_.size(); }

 private:
  // Of the intents of one plan and rule.
  struct Origin {
    std::string rule;
    std::string required;
    std::string plan_id;
    std::string policy_hash;
    policy::CloseScope scope = policy::CloseScope::kPair;

    friend auto operator<=>(const Origin&, const Origin&) = default;
  };
  struct Closed {
    int64_t intent_id;
    std::string client;  // as the server spelled them
    std::string user;
    std::shared_ptr<const Origin> origin;
    SteadyTime at;
    SteadyTime rechecked_at;
    std::optional<int64_t> least_age_seconds;
    bool seen_since = false;
    bool returned = false;
  };

  std::shared_ptr<const Origin> OriginOf(const CloseIntent& intent);
  CloseOutcome ReturnOf(const std::string& server, const Closed& closed, SteadyTime at) const;
  // Calls visit(session, closed) for each session of a pair of the server that is remembered.
  template <typename Visit>
  void ForEachRemembered(absl::string_view server, const std::vector<policy::Session>& sessions, const Visit& visit);

  std::map<policy::PairKey, Closed> closed_;
  std::map<Origin, std::weak_ptr<const Origin>> origins_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_RETURN_TRACKER_H_
