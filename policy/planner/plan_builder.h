// Gathers the decisions of a cycle into its plan.

#ifndef IDLEWARDEN_POLICY_PLANNER_PLAN_BUILDER_H_
#define IDLEWARDEN_POLICY_PLANNER_PLAN_BUILDER_H_

#include "policy/model/plan.h"
#include "policy/planner/cycle.h"
#include "policy/planner/decisions.h"

namespace idlewarden::policy {

Plan BuildPlan(const CycleInput& input, const Decisions& decisions);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_PLAN_BUILDER_H_
