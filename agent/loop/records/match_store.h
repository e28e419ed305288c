// MatchStore: keeps the times that `for` is measured by in the ledger, so that a restart does not begin them anew.
//
// After each cycle it writes what has changed since the last, in one transaction. What cannot be written is written
// with the next cycle; until then the ledger holds an older state that is whole in itself. At most `most` pairs are
// kept: the others start again after a restart, which can only delay a close.
//
// In the ledger are wall-clock times, in the history measured ones, which mean nothing to another run. When the wall
// clock is set, all are written anew.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_MATCH_STORE_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_MATCH_STORE_H_

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/clock/clock.h"
#include "agent/ledger/ledger.h"
#include "agent/ledger/match_records.h"
#include "policy/planner/match_history.h"

namespace idlewarden::agent {

// A steady time as the policy core measures time, which knows no SteadyTime (policy::MatchHistory::Moment::measured).
absl::Time MeasuredTimeOf(SteadyTime time);

class MatchStore {
 public:
  static constexpr size_t kMost = 100'000;

  MatchStore(const Clock& clock, Ledger& ledger, size_t most = kMost)
      : clock_(clock), ledger_(ledger), most_(most), wall_origin_(clock.WallTimeOf(SteadyTime())) {}

  // Puts what an earlier run left into `history`, unless it was too long ago.
  absl::Status Restore(policy::MatchHistory& history);

  // The server was enumerated, or has left the inventory.
  void Touch(absl::string_view server) { touched_.insert(std::string(server)); }

  // Writes what has changed of the servers touched since the last call that succeeded.
  absl::Status Write(const policy::MatchHistory& history);

 private:
  using Matches = std::map<MatchKey, MatchTimes>;

  // True once for each time the wall clock was set, or has been steered away by as much.
  bool WallClockWasSet();
  // `all`: what was written before is of no use.
  MatchChange ChangeOf(const std::string& server, const policy::MatchHistory& history, bool all, Matches& now) const;

  const Clock& clock_;
  Ledger& ledger_;
  const size_t most_;
  size_t kept_ = 0;                         // pairs in written_
  std::map<std::string, Matches> written_;  // by server, in measured times; none are empty
  std::set<std::string> touched_;
  absl::Time wall_origin_;  // what the wall clock showed at the steady clock's origin, as what is written was written
  bool all_stale_ = false;  // what is written is by a wall clock that was set since
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_MATCH_STORE_H_
