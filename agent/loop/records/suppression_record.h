// SuppressionRecords: the audit records of what is refused on one server of a cycle, as texts of the ledger.
//
// Threads: not synchronised.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSION_RECORD_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSION_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "agent/ledger/audit_record.h"
#include "agent/loop/agent_view.h"
#include "policy/model/session_table.h"

namespace idlewarden::agent {

class SuppressionRecords {
 public:
  // The cycle must outlive it; `server` counts in its table.
  SuppressionRecords(const CycleView& cycle, size_t server, const std::string& agent_name)
      : cycle_(cycle), server_(server), view_(cycle.table.server(server)), agent_name_(agent_name) {}

  // A close may take a whole terminal server with it, and each of its pairs would list them all.
  static constexpr size_t kMostOthers = 50;

  // Of the row's pair, with how many sessions of other users its close would end, and all sessions that it would: of
  // others' at most kMostOthers, those first that are kept and so keep the rest.
  AuditRecord OfPair(size_t row);
  // Of many pairs for the row's reason and rule: how many, and none of them by name.
  AuditRecord OfMany(size_t row, size_t pairs) const;

 private:
  void AddSessions(size_t row, AuditRecord& record);
  bool IsKept(size_t row) const;
  // The rows that one close ends together with this one.
  absl::Span<const uint32_t> ScopeOf(size_t row);

  const CycleView& cycle_;
  const size_t server_;
  const policy::ServerView view_;
  const std::string& agent_name_;
  // The server's rows by scope, made when the first is asked for: to look through all rows for each pair would take
  // their square.
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> begins_;  // by scope: where its rows begin; one more at the end
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSION_RECORD_H_
