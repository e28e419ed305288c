// MatchStore: keeps the times that `for` is measured by in the ledger, so that a restart does not begin them anew.
//
// After each cycle it writes what has changed since the last, in one transaction. What cannot be written is written
// with the next cycle; until then the ledger holds an older state that is whole in itself. At most `most` pairs are
// kept: the others start again after a restart, which can only delay a close.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_LOOP_MATCH_STORE_H_
#define IDLEWARDEN_AGENT_LOOP_MATCH_STORE_H_

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/ledger/ledger.h"
#include "agent/ledger/match_records.h"
#include "policy/planner/match_history.h"

namespace idlewarden::agent {

class MatchStore {
 public:
  static constexpr size_t kMost = 100'000;

  explicit MatchStore(Ledger& ledger, size_t most = kMost) : ledger_(ledger), most_(most) {}

  // Puts what an earlier run left into `history`, unless it was too long ago.
  absl::Status Restore(absl::Time now, policy::MatchHistory& history);

  // The server was enumerated, or has left the inventory.
  void Touch(absl::string_view server) { touched_.insert(std::string(server)); }

  // Writes what has changed of the servers touched since the last call that succeeded.
  absl::Status Write(const policy::MatchHistory& history);

 private:
  using Matches = std::map<MatchKey, MatchTimes>;

  MatchChange ChangeOf(const std::string& server, const policy::MatchHistory& history, Matches& now) const;

  Ledger& ledger_;
  const size_t most_;
  size_t kept_ = 0;                         // pairs in written_
  std::map<std::string, Matches> written_;  // by server; none are empty
  std::set<std::string> touched_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_MATCH_STORE_H_
