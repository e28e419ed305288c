// Exemptions in the ledger: sessions that operators keep from being closed for a while. Beginning and end are audited.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_EXEMPTION_RECORDS_H_
#define IDLEWARDEN_AGENT_LEDGER_EXEMPTION_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

// Covers a session that matches an entry of each list that has entries. Entries are those of the policy language.
struct Exemption {
  int64_t id = 0;  // never used again
  std::vector<std::string> users;
  std::vector<std::string> clients;
  std::vector<std::string> servers;
  std::string by;
  std::string reason;
  std::string ticket;
  absl::Time created;
  absl::Time expires;  // to the second; from then on it covers nothing
};

// In words: "users alice, ext-*; clients 10.0.0.0/8".
std::string ExemptionScope(const Exemption& exemption);

// Writes a new one; its id.
absl::StatusOr<int64_t> WriteExemption(Database& database, absl::string_view agent, const Exemption& exemption);

// How an exemption ended; goes into the audit trail as `outcome` ("exemption-removed", "exemption-expired").
struct ExemptionEnd {
  absl::Time at;
  std::string outcome;
  std::string by;
  std::string reason;
};
absl::Status EndExemption(Database& database, absl::string_view agent, const Exemption& exemption,
                          const ExemptionEnd& end);

// Those that have not ended, oldest first.
absl::StatusOr<std::vector<Exemption>> ReadExemptions(Database& database);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_EXEMPTION_RECORDS_H_
