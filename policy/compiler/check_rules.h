// What is checked of a rule as a whole: that it says how long a session must be idle, and settings without effect.

#ifndef IDLEWARDEN_POLICY_COMPILER_CHECK_RULES_H_
#define IDLEWARDEN_POLICY_COMPILER_CHECK_RULES_H_

#include <optional>

#include "absl/time/time.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {

// `policy` as it was written, before defaults are added.
void CheckRules(const Policy& policy, std::optional<absl::Duration> shortest_polling, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_CHECK_RULES_H_
