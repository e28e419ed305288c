// One cycle: from the present sessions of all servers to a decision for each and one plan.
//
// Pure and deterministic: equal input gives equal output; time is an argument, and so are threads. May run on any
// thread, with look-ups that no other cycle uses meanwhile.

#ifndef IDLEWARDEN_POLICY_PLANNER_PLANNER_H_
#define IDLEWARDEN_POLICY_PLANNER_PLANNER_H_

#include <cstddef>
#include <vector>

#include "policy/model/plan.h"
#include "policy/planner/cycle.h"
#include "policy/planner/decisions.h"
#include "policy/planner/earlier_cycle.h"

namespace idlewarden::policy {

struct CycleResult {
  Decisions before_limits;  // for the next cycle
  Decisions decisions;
  Plan plan;
  DecisionTerms terms;
};

// Decisions of all lines of the decision table, and the plan of what they come to.
CycleResult RunCycle(const CycleInput& input);

// The same without the plan, for callers that only show decisions.
Decisions DecideAll(const CycleInput& input);

// One server, lines 1-9 and 11 of the decision table, without the limits: for the look right before a close.
std::vector<SessionDecision> DecideServer(const CycleInput& input, size_t server_index);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_PLANNER_H_
