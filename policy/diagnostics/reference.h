// The reference page of the diagnostic codes, as docs/diagnostics.md holds it.

#ifndef IDLEWARDEN_POLICY_DIAGNOSTICS_REFERENCE_H_
#define IDLEWARDEN_POLICY_DIAGNOSTICS_REFERENCE_H_

#include <string>

namespace idlewarden::policy {

// Markdown, one section a code.
std::string DiagnosticsReference();

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_DIAGNOSTICS_REFERENCE_H_
