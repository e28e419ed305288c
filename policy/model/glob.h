// Globs of the policy language: `*` is any run of characters, also an empty one; `?` is one character; all else is
// literal. The whole text must match, ignoring case.
//
// Immutable values; may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MODEL_GLOB_H_
#define IDLEWARDEN_POLICY_MODEL_GLOB_H_

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// Whether the glob covers the text; both already folded by FoldCase. Time is at most the product of the two lengths.
bool GlobMatchesFolded(absl::string_view folded_glob, absl::string_view folded_text);

// The same for texts as they come.
bool GlobMatches(absl::string_view glob, absl::string_view text);

// True if the glob has neither `*` nor `?`: it matches exactly one text.
bool GlobIsLiteral(absl::string_view glob);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_GLOB_H_
