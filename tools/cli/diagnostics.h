// Findings about policy files, as `check`, `preview` and `reload` print them.

#ifndef IDLEWARDEN_TOOLS_CLI_DIAGNOSTICS_H_
#define IDLEWARDEN_TOOLS_CLI_DIAGNOSTICS_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::tools {

// {"file":…,"line":…,"column":…,"severity":…,"code":…,"message":…}, without a newline.
std::string DiagnosticJson(const policy::Diagnostic& diagnostic);

// "1 rule", "2 rules".
std::string Counted(size_t count, absl::string_view word);

// "1 error, 2 warnings".
std::string CountDiagnostics(absl::Span<const policy::Diagnostic> diagnostics);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_DIAGNOSTICS_H_
