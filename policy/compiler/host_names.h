// Which hosts a policy names: those whose addresses somebody has to find out where servers report addresses only.
//
// Pure function.

#ifndef IDLEWARDEN_POLICY_COMPILER_HOST_NAMES_H_
#define IDLEWARDEN_POLICY_COMPILER_HOST_NAMES_H_

#include <set>
#include <string>

#include "policy/compiler/compiled_policy.h"

namespace idlewarden::policy {

// The entries without `*` and `?` of all `clients`, also of the lists that they use, in the form of CanonicalHostName.
std::set<std::string> HostNamesOf(const CompiledPolicy& policy);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_HOST_NAMES_H_
