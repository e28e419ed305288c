// Summaries of cycles in the ledger: which plan, under which policy, and how many sessions were decided how. What a
// plan closed, held or was refused is in the audit trail under its id.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_CYCLE_RECORDS_H_
#define IDLEWARDEN_AGENT_LEDGER_CYCLE_RECORDS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

struct CycleRecord {
  absl::Time at;
  std::string agent;
  std::string plan_id;
  std::string policy_hash;
  // Sessions by decision.
  int64_t close = 0;
  int64_t would_close = 0;
  int64_t held = 0;
  int64_t pending = 0;
  int64_t keep = 0;
};

// Without waiting for the disk: nothing depends on it.
absl::Status WriteCycle(Database& database, const CycleRecord& cycle);

// Calls `visit` with each from `since` on, oldest first.
absl::Status ReadCycles(Database& database, absl::Time since,
                        const std::function<void(const CycleRecord& cycle)>& visit);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_CYCLE_RECORDS_H_
