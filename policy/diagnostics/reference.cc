#include "policy/diagnostics/reference.h"

#include "absl/strings/str_cat.h"
#include "policy/diagnostics/codes.h"

namespace idlewarden::policy {
namespace {

constexpr absl::string_view kHead =
    R"(<!-- Generated: bazel run //policy/diagnostics:write_reference > docs/diagnostics.md -->

# Diagnostics

What `idlewarden check` and the agent say about a policy file, by code. The codes are stable; the messages beside them say
what is wrong at the very place, and may change.

    FILE:LINE:COLUMN: error|warning [CODE] MESSAGE

Lines and columns count from 1; columns count characters. All errors of a file are reported together. A policy with errors
is not used: the agent keeps the last good one. Warnings change nothing, unless `check --strict` makes them errors.

)";

void AddSeverity(Severity severity, absl::string_view title, std::string& page) {
  absl::StrAppend(&page, "## ", title, "\n\n");
  for (const CodeInfo& info : AllCodes()) {
    if (info.severity == severity) absl::StrAppend(&page, "### ", info.name, "\n\n", info.explanation, "\n\n");
  }
}

}  // namespace

std::string DiagnosticsReference() {
  std::string page(kHead);
  AddSeverity(Severity::kError, "Errors", page);
  AddSeverity(Severity::kWarning, "Warnings", page);
  page.pop_back();
  return page;
}

}  // namespace idlewarden::policy
