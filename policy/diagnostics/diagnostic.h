// A finding about a policy (or settings) file: what is wrong, where, and what it means for the sessions.
//
// Codes come from the one registry (codes.h); their texts are stable and may be matched by scripts. Plain values, no
// thread rule.

#ifndef IDLEWARDEN_POLICY_DIAGNOSTICS_DIAGNOSTIC_H_
#define IDLEWARDEN_POLICY_DIAGNOSTICS_DIAGNOSTIC_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "policy/diagnostics/codes.h"

namespace idlewarden::policy {

struct Diagnostic {
  Severity severity = Severity::kError;
  Code code;
  std::string file;
  int line = 1;    // 1-based
  int column = 1;  // 1-based, in characters
  std::string message;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "error" or "warning".
absl::string_view SeverityName(Severity severity);

// "FILE:LINE:COLUMN: error [CODE] MESSAGE", without a newline, in printable form.
std::string FormatDiagnostic(const Diagnostic& diagnostic);

// True if at least one is an error: the file is then not usable.
bool HasErrors(absl::Span<const Diagnostic> diagnostics);

// Orders by file (the order of first mention stays), line and column, and drops exact repetitions.
void SortDiagnostics(std::vector<Diagnostic>& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_DIAGNOSTICS_DIAGNOSTIC_H_
