// Evaluates all sessions of one server: what planner and history call.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_EVALUATE_H_
#define IDLEWARDEN_POLICY_EVALUATOR_EVALUATE_H_

#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/row_match.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

// One element a row. Pure; may run on any thread.
std::vector<RowMatch> EvaluateServer(const CompiledPolicy& policy, const ServerView& server, absl::Time at);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_EVALUATE_H_
