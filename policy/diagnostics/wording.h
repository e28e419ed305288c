// Parts of messages: quoted input, and "did you mean …" for the known word that is closest to a misspelt one. Pure.

#ifndef IDLEWARDEN_POLICY_DIAGNOSTICS_WORDING_H_
#define IDLEWARDEN_POLICY_DIAGNOSTICS_WORDING_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace idlewarden::policy {

// Insertions, deletions, replacements and swaps of neighbours that turn one into the other, ignoring ASCII case.
int EditDistance(absl::string_view a, absl::string_view b);

// The closest of `known`, or "" if none is close enough to be what was meant.
std::string Closest(absl::string_view word, absl::Span<const absl::string_view> known);

// The text in quotes, in printable form. Texts of unlimited length are cut before they are repeated in a message.
std::string Quoted(absl::string_view text);

// "; did you mean \"idle\"?" or "".
std::string Suggestion(absl::string_view word, absl::Span<const absl::string_view> known);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_DIAGNOSTICS_WORDING_H_
