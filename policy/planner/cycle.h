// What a cycle works on and what it comes to, before the plan.

#ifndef IDLEWARDEN_POLICY_PLANNER_CYCLE_H_
#define IDLEWARDEN_POLICY_PLANNER_CYCLE_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/decision.h"
#include "policy/model/session_table.h"
#include "policy/planner/approved_pairs.h"
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
  // True for a row that an exemption of the agent covers. Unset: none.
  std::function<bool(const ServerView& server, size_t row)> exempt;
  // What limits do not hold back. Null: nothing.
  const ApprovedPairs* approved = nullptr;
  // By rule: true for one that only observes, whatever its mode. Empty: none.
  std::vector<bool> demoted;
};

using Decisions = std::vector<std::vector<SessionDecision>>;  // [server][row]

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_CYCLE_H_
