// A policy applied to recorded snapshots: what `preview`, `diff` and `explain` look at.

#ifndef IDLEWARDEN_TOOLS_CLI_EVALUATION_H_
#define IDLEWARDEN_TOOLS_CLI_EVALUATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/session_table.h"
#include "policy/planner/cycle.h"
#include "policy/planner/decisions.h"
#include "policy/planner/match_history.h"
#include "policy/snapshot/snapshot_reader.h"
#include "tools/cli/session_row.h"

namespace idlewarden::tools {

struct Evaluation {
  const policy::CompiledPolicy& policy;
  absl::Time at;
  policy::SessionTable table;                   // of the last snapshot
  std::optional<policy::MatchHistory> history;  // what `for` was measured by; none: it counts as passed
  policy::Decisions decisions;

  // The sessions with their decisions, in the snapshot's order.
  void ForEachRow(absl::FunctionRef<void(const SessionRow&)> visit) const;
  std::vector<SessionRow> Rows() const;
  // Why a session that a rule matched is not closed, where its conditions do not tell; see ExplainSuppression.
  std::string ExplainSuppression(size_t server, size_t row) const;
};

// Evaluates the last snapshot. With several of them, which must go forward in time, a rule's `for` is measured; with
// one it counts as passed. `at` defaults to the time when the last one was taken. `policy` must outlive the result.
Evaluation Evaluate(const policy::CompiledPolicy& policy, const std::vector<policy::SnapshotTable>& snapshots,
                    std::optional<absl::Time> at);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_EVALUATION_H_
