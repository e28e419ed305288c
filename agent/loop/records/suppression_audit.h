// SuppressionAudit: audit records of the pairs that a rule in force would close and that are not closed: held by a
// limit, exempt, or kept because a close would end somebody else's session too. Each is written when that begins, not
// again in each cycle.
//
// A mistake that matches everything must not fill the disk with a record a pair. As soon as more than kMostPairs pairs
// are refused for one reason by one rule there is one record a server, reason and rule instead, which names no pair and
// says how many; it is written again when they have doubled. Pairs have records of their own again once they are half
// as many as that. What is kept in memory is bounded likewise.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSION_AUDIT_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSION_AUDIT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "agent/ledger/audit_record.h"
#include "agent/ledger/ledger.h"
#include "agent/loop/agent_view.h"
#include "agent/loop/records/changed_servers.h"
#include "agent/loop/records/suppressed_pairs.h"
#include "agent/loop/records/suppression_record.h"

namespace idlewarden::agent {

class SuppressionAudit {
 public:
  // So many records a cycle at most; the others follow with the next ones.
  static constexpr size_t kMostPerCycle = 1'000;
  // Of one reason and rule in a plan, with records of their own.
  static constexpr size_t kMostPairs = 1'000;

  SuppressionAudit(Ledger& ledger, std::string agent_name, size_t most_per_cycle = kMostPerCycle,
                   size_t most_pairs = kMostPairs)
      : ledger_(ledger), agent_name_(std::move(agent_name)), most_(most_per_cycle), most_pairs_(most_pairs) {}

  // Writes what has begun since the last call, in one transaction. `changed`: ChangedServers since the cycle of that
  // call. What cannot be written is written with the next cycle.
  absl::Status Write(const CycleView& now, const std::vector<ChangedServer>& changed);

 private:
  // Of one server: what was written and still holds.
  struct Known {
    std::set<uint64_t> pairs;                   // by SuppressedPairs' hash
    std::map<SuppressionKind, size_t> grouped;  // how many pairs the newest record of the kind says
  };

  // The records of one call.
  struct Batch {
    std::vector<AuditRecord> records;
    size_t most = 0;
    bool full = false;  // something has to follow

    bool HasRoom() {
      full = full || records.size() >= most;
      return !full;
    }
  };

  // Counts anew where something may differ; these servers, by their place in the table.
  std::set<size_t> CountAnew(const CycleView& now, const std::vector<ChangedServer>& changed);
  // Which kinds are too many for a record a pair. Adds the servers of those for which that has changed.
  void ChooseGrouped(const CycleView& now, std::set<size_t>& servers);
  bool AllGrouped(const SuppressionCounts& counts) const;
  // Adds a server's records that are not written yet, while there is room. What is known of it once they are written.
  Known AddRecords(const CycleView& now, size_t server, Batch& batch) const;
  void AddGrouped(const SuppressionCounts& counts, const Known& before, const SuppressionRecords& texts, Batch& batch,
                  Known& known) const;
  void AddPairs(const SuppressedPairs& pairs, const Known& before, SuppressionRecords& texts, Batch& batch,
                Known& known) const;

  Ledger& ledger_;
  const std::string agent_name_;
  const size_t most_;
  const size_t most_pairs_;
  std::map<std::string, SuppressionCounts> counts_;  // by server, of the last cycle
  std::set<SuppressionKind> grouped_;
  std::map<std::string, Known> known_;  // by server
  std::set<std::string> waiting_;       // servers of which something is still to be written
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSION_AUDIT_H_
