// The history of policies in the ledger: the full text of each that was in force, since when, and by what it came.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_POLICY_RECORDS_H_
#define IDLEWARDEN_AGENT_LEDGER_POLICY_RECORDS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

struct PolicyRecord {
  absl::Time at;
  std::string agent;
  std::string hash;
  std::string file;
  std::string trigger;    // start, file, signal, rpc
  std::string by;         // who asked for it; empty if nobody said
  std::string text;       // of the policy file
  std::string canonical;  // what it was understood as, with the content of list files
};

// Writes it, its audit record with it, unless the newest one has the same hash and text.
absl::Status WritePolicy(Database& database, const PolicyRecord& policy);

// Calls `visit` with each, oldest first; with those whose hash begins with `hash` only.
absl::Status ReadPolicies(Database& database, absl::string_view hash,
                          const std::function<void(const PolicyRecord& policy)>& visit);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_POLICY_RECORDS_H_
