// The form in which texts of the outside world are compared: without the differences of case, and with one spelling for
// each character.
//
// "é" can be one code point or an "e" with a combining accent, by where the text was typed (macOS writes the latter).
// Both are taken for the same: texts are brought to normal form C (Unicode Standard Annex 15) and case-folded with
// simple folding, which maps one code point to one, so that the `?` of a glob is one character. Pure functions.

#ifndef IDLEWARDEN_POLICY_MODEL_FOLD_CASE_H_
#define IDLEWARDEN_POLICY_MODEL_FOLD_CASE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// Normal form C, with the case kept: what is compared with regard to case. Bytes that are not UTF-8 stay as they are.
std::string NormalForm(absl::string_view text);

// Case-folded, and in normal form C before and after. Bytes that are not UTF-8 stay as they are.
std::string FoldCase(absl::string_view text);

// The length in bytes of the first code point of `text`, which must not be empty; 1 where it is not UTF-8.
size_t FirstCodePointLength(absl::string_view text);

// Offset of the first byte that is not part of well-formed UTF-8; npos if all is.
size_t FindInvalidUtf8(absl::string_view text);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_FOLD_CASE_H_
