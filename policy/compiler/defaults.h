// Writes out what a rule leaves unsaid.

#ifndef IDLEWARDEN_POLICY_COMPILER_DEFAULTS_H_
#define IDLEWARDEN_POLICY_COMPILER_DEFAULTS_H_

#include "policy/model/policy.h"

namespace idlewarden::policy {

// A rule that says nothing about open files gets `open_files: 0`, because a forced close can lose unsaved data; where
// only some maps of its `any` speak of it, the others get it. Protections are left as they are.
void AddDefaults(Policy& policy);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_DEFAULTS_H_
