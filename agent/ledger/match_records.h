// Since when pairs have matched a rule with `for`, in the ledger: what a restarted agent goes on from.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_MATCH_RECORDS_H_
#define IDLEWARDEN_AGENT_LEDGER_MATCH_RECORDS_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

// Client and user in canonical form; the connection as in policy::PairKey, empty for none; the rule by its fingerprint.
struct MatchKey {
  std::string client;
  std::string user;
  std::string connection;
  std::string rule;

  friend auto operator<=>(const MatchKey&, const MatchKey&) = default;
};

struct MatchTimes {
  absl::Time since;
  int64_t sessions = 0;

  friend bool operator==(const MatchTimes&, const MatchTimes&) = default;
};

// What one server's matches have become: `last` is the latest enumeration that showed them.
struct MatchChange {
  std::string server;
  absl::Time last;
  std::vector<MatchKey> removed;
  std::map<MatchKey, MatchTimes> set;
  bool forgotten = false;  // the server has no matches any more
};

struct ServerMatches {
  absl::Time last;
  std::map<MatchKey, MatchTimes> matches;
};

// In one transaction.
absl::Status WriteMatches(Database& database, const std::vector<MatchChange>& changes);

// By server.
absl::StatusOr<std::map<std::string, ServerMatches>> ReadMatches(Database& database);

// Removes what was last seen before `horizon`.
absl::Status PruneMatches(Database& database, absl::Time horizon);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_MATCH_RECORDS_H_
