// Whether one pattern, or set of patterns, matches everything that another does.
//
// Errs on the side of false. Pure functions.

#ifndef IDLEWARDEN_POLICY_COMPILER_PATTERN_COVER_H_
#define IDLEWARDEN_POLICY_COMPILER_PATTERN_COVER_H_

#include <cstdint>

#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

// For every session the answer of `wide` is at least that of `narrow`, in the order no < unknown < yes. Both are of the
// same use. Where `narrow` answers yes, so does `wide`; and where `wide` answers no, so does `narrow`.
bool Covers(const Pattern& wide, const Pattern& narrow);

// Each pattern of `narrow` is covered by one of `wide`. `steps` counts down the comparisons; at zero the answer is
// false.
bool Covers(const PatternSet& wide, const PatternSet& narrow, int64_t& steps);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_PATTERN_COVER_H_
