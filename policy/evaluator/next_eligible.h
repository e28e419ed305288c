// When a server is worth another look: the time until the first of its sessions could reach a limit of the policy.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_NEXT_ELIGIBLE_H_
#define IDLEWARDEN_POLICY_EVALUATOR_NEXT_ELIGIBLE_H_

#include <cstddef>

#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

// The smallest remaining time, over the server's sessions and the rules that could match them, to an idle or age limit
// that is not reached yet. Users, clients and servers are taken into account; what may change by itself (open files,
// windows, counts) is taken as fulfilled, so the answer is zero where only that stands between a session and its rule.
// A session that is matched already counts with its rule's `for` only, one that is protected for good not at all.
// InfiniteDuration if no session can become eligible. Never negative. `kept`: see TableEvaluator.
absl::Duration TimeToNextEligible(const CompiledPolicy& policy, const SessionTable& table, size_t server_index,
                                  absl::Time at, LookupCache* kept = nullptr);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_NEXT_ELIGIBLE_H_
