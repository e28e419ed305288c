// Findings about policy files, as `check`, `preview` and `reload` print them.

#ifndef IDLEWARDEN_TOOLS_CLI_DIAGNOSTICS_H_
#define IDLEWARDEN_TOOLS_CLI_DIAGNOSTICS_H_

#include <string>

#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::tools {

// {"file":…,"line":…,"column":…,"severity":…,"code":…,"message":…}, without a newline.
std::string DiagnosticJson(const policy::Diagnostic& diagnostic);

// "1 error, 2 warnings".
std::string CountDiagnostics(absl::Span<const policy::Diagnostic> diagnostics);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_DIAGNOSTICS_H_
