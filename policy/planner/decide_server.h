// Lines 1-9 and 11 of the decision table for the sessions of one server.

#ifndef IDLEWARDEN_POLICY_PLANNER_DECIDE_SERVER_H_
#define IDLEWARDEN_POLICY_PLANNER_DECIDE_SERVER_H_

#include <vector>

#include "policy/evaluator/row_match.h"
#include "policy/model/decision.h"
#include "policy/model/session_table.h"
#include "policy/planner/cycle.h"

namespace idlewarden::policy {

// `matches`: what an evaluator found for the server's rows.
std::vector<SessionDecision> DecideBeforeLimits(const CycleInput& input, const ServerView& server,
                                                const std::vector<RowMatch>& matches);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_DECIDE_SERVER_H_
