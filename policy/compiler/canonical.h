// The canonical form of a policy: YAML with every default written out, lists in full and entries sorted, that compiles
// to an equal policy. What `dump` prints and what the policy's hash is taken of.

#ifndef IDLEWARDEN_POLICY_COMPILER_CANONICAL_H_
#define IDLEWARDEN_POLICY_COMPILER_CANONICAL_H_

#include <functional>
#include <string>

#include "policy/model/policy.h"

namespace idlewarden::policy {

// `used(i)`: whether the i-th list is used; others are left out.
std::string CanonicalPolicy(const Policy& policy, const std::function<bool(size_t)>& used);

// One rule as it stands in the canonical form, without its description.
std::string CanonicalRule(const Rule& rule);

// The entries of a list as they stand there.
std::string CanonicalEntries(const EntryList& entries);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_CANONICAL_H_
