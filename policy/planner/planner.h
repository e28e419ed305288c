// One cycle: from the present sessions of all servers to a decision for each and one plan.
//
// Pure and deterministic: equal input gives equal output; time is an argument. May run on any thread.

#ifndef IDLEWARDEN_POLICY_PLANNER_PLANNER_H_
#define IDLEWARDEN_POLICY_PLANNER_PLANNER_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/decision.h"
#include "policy/model/plan.h"
#include "policy/model/session_table.h"
#include "policy/planner/match_history.h"

namespace idlewarden::policy {

struct CycleInput {
  const CompiledPolicy& policy;
  const SessionTable& table;
  absl::Time at;
  // The agent's ceiling: nothing is closed, what would be is would-close.
  bool observe_only = false;
  // Null: every rule's `for` counts as passed.
  const MatchHistory* history = nullptr;
  // True for a session that an exemption of the agent covers. Unset: none.
  std::function<bool(absl::string_view server, const Session& session)> exempt;
};

struct CycleResult {
  std::vector<std::vector<SessionDecision>> decisions;  // [server][row]
  Plan plan;
};

CycleResult RunCycle(const CycleInput& input);

// One server, lines 1-9 and 11 of the decision table, without the limits: for the look right before a close.
std::vector<SessionDecision> DecideServer(const CycleInput& input, size_t server_index);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_PLANNER_H_
