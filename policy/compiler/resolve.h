// From a policy with its defaults to one that can be evaluated.

#ifndef IDLEWARDEN_POLICY_COMPILER_RESOLVE_H_
#define IDLEWARDEN_POLICY_COMPILER_RESOLVE_H_

#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

// Resolves lists, parses patterns, and sets canonical form, hash and fingerprints. Reports what is wrong with lists and
// entries, and lists that nothing uses.
ResolvedPolicy ResolvePolicy(const Policy& policy, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_RESOLVE_H_
