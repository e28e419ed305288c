#include "policy/diagnostics/diagnostic.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "policy/model/escape_for_display.h"

namespace idlewarden::policy {

absl::string_view SeverityName(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

std::string FormatDiagnostic(const Diagnostic& diagnostic) {
  return absl::StrCat(EscapeForDisplay(diagnostic.file), ":", diagnostic.line, ":", diagnostic.column, ": ",
                      SeverityName(diagnostic.severity), " [", CodeName(diagnostic.code), "] ",
                      EscapeForDisplay(diagnostic.message));
}

bool HasErrors(absl::Span<const Diagnostic> diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

void SortDiagnostics(std::vector<Diagnostic>& diagnostics) {
  absl::flat_hash_map<std::string, size_t> file_order;
  for (const Diagnostic& d : diagnostics) file_order.try_emplace(d.file, file_order.size());
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(file_order[a.file], a.line, a.column) < std::tuple(file_order[b.file], b.line, b.column);
  });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

}  // namespace idlewarden::policy
