// Approvals of held plans in the ledger: which plan was released, by whom, when and why, and each pair that it covers.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_APPROVAL_RECORDS_H_
#define IDLEWARDEN_AGENT_LEDGER_APPROVAL_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/ledger/database.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

struct ApprovalRecord {
  absl::Time at;
  std::string agent;
  std::string plan_id;
  std::string policy_hash;
  std::string by;      // who says to have approved it
  std::string reason;  // may be empty
  int64_t pairs = 0;
};

// Writes the approval of `plan`'s held pairs, its audit record with it, in one transaction. `approval.pairs` is counted
// here.
absl::Status WriteApproval(Database& database, ApprovalRecord approval, const policy::Plan& plan);

// Newest first, `limit` at most.
absl::StatusOr<std::vector<ApprovalRecord>> ReadApprovals(Database& database, int64_t limit);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_APPROVAL_RECORDS_H_
