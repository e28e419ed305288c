// Names and texts from files and servers as they may be shown: on a terminal, in a log, in a diagnostic.
//
// Whoever chooses a user or client name must not steer the terminal of whoever reads it, nor make one line look like
// another. The one place that decides what is escaped. Pure functions.

#ifndef IDLEWARDEN_POLICY_MODEL_ESCAPE_FOR_DISPLAY_H_
#define IDLEWARDEN_POLICY_MODEL_ESCAPE_FOR_DISPLAY_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// On one line, escaped: control characters (C0, DEL, C1) and the separators and marks of Unicode that break lines or
// turn the direction of writing (U+2028, U+202E, …) as \u202e, line ends and tabs as \n, \r, \t, bytes that are not
// UTF-8 as \xff. All else stays, backslashes too: what is shown is to be read, not parsed.
std::string EscapeForDisplay(absl::string_view text);

// Appends the first character of `text`, which must not be empty, in the same form; returns its length in bytes.
size_t AppendPrintable(absl::string_view text, std::string& out);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_ESCAPE_FOR_DISPLAY_H_
