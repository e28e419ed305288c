// Unicode simple case folding: how the policy language ignores case.
//
// Folding works code point by code point and never changes how many there are, so globs can be matched on folded text.
// Pure functions.

#ifndef IDLEWARDEN_POLICY_MODEL_FOLD_CASE_H_
#define IDLEWARDEN_POLICY_MODEL_FOLD_CASE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// Bytes that are not UTF-8 are kept as they are.
std::string FoldCase(absl::string_view text);

// The length in bytes of the first code point of `text`, which must not be empty; 1 where it is not UTF-8.
size_t FirstCodePointLength(absl::string_view text);

// Offset of the first byte that is not part of well-formed UTF-8; npos if all is.
size_t FindInvalidUtf8(absl::string_view text);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_FOLD_CASE_H_
