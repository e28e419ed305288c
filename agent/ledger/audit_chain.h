// The audit trail: records chained by SHA-256, so that a changed, removed or reordered one is found and named.
//
// Each record's hash covers the hash before it, its number and its text. Pruning removes the oldest records and keeps
// the last removed one's hash as the chain's anchor; the newest number and hash are kept as its head, so that a cut-off
// end shows as well. A chain alone does not stop somebody who may rewrite the whole file: export the head elsewhere.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_AUDIT_CHAIN_H_
#define IDLEWARDEN_AGENT_LEDGER_AUDIT_CHAIN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/ledger/audit_record.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

// What an export selects; absent: all. `since` is included, `until` is not. Texts are compared exactly.
struct AuditFilter {
  std::optional<absl::Time> since;
  std::optional<absl::Time> until;
  std::optional<std::string> server;
  std::optional<std::string> user;
  std::optional<std::string> outcome;
};

struct AuditHead {
  int64_t seq = 0;  // 0: no record yet
  std::string hash;
};

// Appends a record. Run it within the transaction that it belongs to, or alone.
absl::Status AppendAudit(Database& database, const AuditRecord& record);

// The chain's end.
absl::StatusOr<AuditHead> ReadAuditHead(Database& database);

// Walks the whole chain as it is at one moment, also while an agent appends to it and prunes it. The number of records
// if it holds, and in `head`, if that is given, the chain's end at that moment; DataLoss naming the first bad record if
// not.
absl::StatusOr<int64_t> VerifyAudit(Database& database, AuditHead* head = nullptr);

// The record as a line for others: its number and hash before the members of `body`, its text as it is hashed.
std::string AuditLine(int64_t seq, absl::string_view hash, absl::string_view body);

// Calls `visit` with each selected record's number and AuditLine, oldest first.
absl::Status ExportAudit(Database& database, const AuditFilter& filter,
                         const std::function<void(int64_t seq, const std::string& line)>& visit);

// Calls `visit` with number and plan id (empty: none) of the records after the one with number `after`, newest first,
// of `most` at most.
absl::Status ReadPlanIds(Database& database, int64_t after, int64_t most,
                         const std::function<void(int64_t seq, const std::string& plan_id)>& visit);

// Removes the records before `horizon` from the chain's old end; the rest stays verifiable. Returns how many.
absl::StatusOr<int64_t> PruneAudit(Database& database, absl::Time horizon);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_AUDIT_CHAIN_H_
