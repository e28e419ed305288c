// The same as next_eligible.h by walking all rules for each session: the oracle that it is tested and measured against.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_PLAIN_NEXT_ELIGIBLE_H_
#define IDLEWARDEN_POLICY_EVALUATOR_PLAIN_NEXT_ELIGIBLE_H_

#include <cstddef>

#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

absl::Duration TimeToNextEligiblePlainly(const CompiledPolicy& policy, const SessionTable& table, size_t server_index,
                                         absl::Time at);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_PLAIN_NEXT_ELIGIBLE_H_
