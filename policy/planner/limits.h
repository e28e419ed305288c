// Line 10 of the decision table: what the limits hold back.

#ifndef IDLEWARDEN_POLICY_PLANNER_LIMITS_H_
#define IDLEWARDEN_POLICY_PLANNER_LIMITS_H_

#include "policy/planner/cycle.h"
#include "policy/planner/decisions.h"

namespace idlewarden::policy {

// Turns closes into holds, in the order server, rule, cycle. Each limit counts the pairs that the ones before it left,
// and holds all of them or none, but for approved ones; rules' own limits all count the same pairs.
void ApplyLimits(const CycleInput& input, Decisions& decisions);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_LIMITS_H_
