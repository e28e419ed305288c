// What the readers of policies and list files do with the bytes of a file before they look at its meaning.
//
// Pure functions.

#ifndef IDLEWARDEN_POLICY_READER_SOURCE_TEXT_H_
#define IDLEWARDEN_POLICY_READER_SOURCE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "policy/diagnostics/diagnostic_list.h"

namespace idlewarden::policy {

// Without a byte order mark, and with "\n" for each line end: CR LF and a lone CR end lines as well.
std::string NormaliseLines(absl::string_view text);

// Reports bytes that are not UTF-8 and control characters (the first of each kind, with their number) and puts '?' in
// their place, so that the rest of the file can be looked at all the same. False where that would be pointless: there
// is a NUL, as in other encodings and in files that are no text.
bool RepairBytes(uint32_t file, DiagnosticList& diagnostics, std::string& text);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_SOURCE_TEXT_H_
