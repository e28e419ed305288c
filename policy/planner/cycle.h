// What a cycle works on.

#ifndef IDLEWARDEN_POLICY_PLANNER_CYCLE_H_
#define IDLEWARDEN_POLICY_PLANNER_CYCLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/model/session_table.h"
#include "policy/planner/approved_pairs.h"
#include "policy/planner/match_history.h"

namespace idlewarden::policy {

// Calls task(0) … task(count - 1), each once, in any order, perhaps several at once; returns when all calls have.
using ForEach = std::function<void(size_t count, const std::function<void(size_t)>& task)>;

struct EarlierCycle;

struct CycleInput {
  const CompiledPolicy& policy;
  const SessionTable& table;
  absl::Time at;
  // The agent's ceiling: nothing is closed, what would be is would-close.
  bool observe_only = false;
  // Null: every rule's `for` counts as passed.
  const MatchHistory* history = nullptr;
  // By row of the server: true for one that an exemption of the agent covers. Unset: none.
  std::function<std::vector<bool>(const ServerView& server)> exempt;
  // Another number whenever `exempt` may answer otherwise.
  uint64_t exempt_version = 0;
  // What limits do not hold back. Null: nothing.
  const ApprovedPairs* approved = nullptr;
  // By rule: true for one that only observes, whatever its mode. Empty: none.
  std::vector<bool> demoted;
  // Spreads servers over threads, on which `exempt` is then called, too. Unset: one after another. What comes out is
  // the same.
  ForEach for_each = nullptr;
  // The cycle before this one (earlier_cycle.h): what it decided on rows that are still the same is taken over. What
  // comes out is the same. Null: none.
  const EarlierCycle* before = nullptr;
  // Where values are looked up; no one else may use them while the cycle runs. What comes out is the same. Null: for
  // this cycle alone.
  LookupCache* lookups = nullptr;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_CYCLE_H_
