// What a rule asks of a session's measured values, in words: what log and audit put beside the values measured.
//
// Pure function.

#ifndef IDLEWARDEN_POLICY_COMPILER_REQUIREMENT_H_
#define IDLEWARDEN_POLICY_COMPILER_REQUIREMENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "policy/compiler/compiled_policy.h"

namespace idlewarden::policy {

// "idle >= 30m, open_files <= 0"; alternatives in brackets: "open_files <= 0, any of (idle >= 1h; age >= 2d)". Who and
// where the rule is for is left out. Empty if the policy has no such rule.
std::string RequirementOf(const CompiledPolicy& policy, absl::string_view rule);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_REQUIREMENT_H_
