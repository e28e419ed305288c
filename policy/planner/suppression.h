// Why a session that a rule matched is not closed, where its own conditions do not tell: what the other sessions that
// the close would end, the rule's `for` or the limits make of it. Pure.

#ifndef IDLEWARDEN_POLICY_PLANNER_SUPPRESSION_H_
#define IDLEWARDEN_POLICY_PLANNER_SUPPRESSION_H_

#include <cstddef>
#include <string>

#include "policy/planner/cycle.h"
#include "policy/planner/decisions.h"

namespace idlewarden::policy {

// One line for people, such as "alice from pc-1 has matched kiosks for 3m of 5m"; "" for other reasons than
// `collateral`, `for` and the limits. `decisions` are those that `input` comes to.
std::string ExplainSuppression(const CycleInput& input, const Decisions& decisions, size_t server, size_t row);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_SUPPRESSION_H_
