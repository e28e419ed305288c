// RefusalAudit: audit records of the pairs that a rule in force would close and that are not closed: held by a limit,
// exempt, or kept because a close would end somebody else's session too. Each is written when that begins, not again in
// each cycle.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_LOOP_REFUSAL_AUDIT_H_
#define IDLEWARDEN_AGENT_LOOP_REFUSAL_AUDIT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "agent/ledger/audit_record.h"
#include "agent/ledger/ledger.h"
#include "agent/loop/agent_view.h"

namespace idlewarden::agent {

class RefusalAudit {
 public:
  // So many records a cycle at most; the others follow with the next ones.
  static constexpr size_t kMostPerCycle = 1'000;

  RefusalAudit(Ledger& ledger, std::string agent_name, size_t most_per_cycle = kMostPerCycle)
      : ledger_(ledger), agent_name_(std::move(agent_name)), most_(most_per_cycle) {}

  // Writes what has begun since the last call, in one transaction. `before`: the cycle of that call, null if there was
  // none. What cannot be written is written with the next cycle.
  absl::Status Write(const CycleView* before, const CycleView& now);

 private:
  // By the hash of pair, decision, reason and rule: a row of the pair.
  using Refused = absl::flat_hash_map<uint64_t, size_t>;

  static Refused RefusedOf(const CycleView& cycle, size_t server);
  AuditRecord RecordOf(const CycleView& cycle, size_t server, size_t row) const;

  Ledger& ledger_;
  const std::string agent_name_;
  const size_t most_;
  std::map<std::string, std::set<uint64_t>> known_;  // by server: what was written and still holds
  std::set<std::string> waiting_;                    // servers of which something is still to be written
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_REFUSAL_AUDIT_H_
