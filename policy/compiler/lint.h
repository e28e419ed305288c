// Warnings about rules and protections without effect: those that can never match, and those that an earlier rule or
// protection decides for in every case.

#ifndef IDLEWARDEN_POLICY_COMPILER_LINT_H_
#define IDLEWARDEN_POLICY_COMPILER_LINT_H_

#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

// `resolved` is what `policy` was resolved to, without errors. Spends a bounded time: of policies with thousands of
// rules not every pair may be compared, and a warning says so.
void Lint(const Policy& policy, const ResolvedPolicy& resolved, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_LINT_H_
