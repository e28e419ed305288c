// Whether one conjunction follows from another, and whether one can hold at all: what the warnings about rules without
// effect rest on.
//
// Both err on the side of silence: true is certain, false may only mean that it was not found out. Pure functions.

#ifndef IDLEWARDEN_POLICY_COMPILER_IMPLIES_H_
#define IDLEWARDEN_POLICY_COMPILER_IMPLIES_H_

#include <cstdint>
#include <string>

#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

// True if every session for which `narrow` answers yes is one for which `wide` does. `steps` counts down the work that
// may still be spent on comparing patterns; at zero the answer is false.
bool Implies(const Conjunction& narrow, const Conjunction& wide, int64_t& steps);

// Why no session can ever fulfil all conditions; empty if that is not known.
std::string WhyNever(const Conjunction& conjunction, int64_t& steps);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_IMPLIES_H_
