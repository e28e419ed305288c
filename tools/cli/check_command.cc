#include "tools/cli/check_command.h"

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/model/escape_for_display.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/inputs.h"

namespace idlewarden::tools {
namespace {

void Print(const policy::Diagnostic& diagnostic, bool json, Output& output) {
  if (json) {
    output.out << DiagnosticJson(diagnostic) << "\n";
    return;
  }
  const Style style = diagnostic.severity == policy::Severity::kError ? Style::kRed : Style::kYellow;
  output.out << Styled(policy::FormatDiagnostic(diagnostic), style, output.terminal) << "\n";
}

// "p.yaml: usable, 3 rules, 1 protection, 0 errors, 1 warning".
std::string Verdict(const std::string& path, const policy::CompileResult& result, bool made_strict) {
  std::string text = policy::EscapeForDisplay(path);
  if (policy::HasErrors(result.diagnostics)) {
    text += ": not usable";
  } else {
    absl::StrAppend(&text, ": usable, ", Counted(result.policy->rule_count(), "rule"), ", ",
                    Counted(result.policy->protection_count(), "protection"));
  }
  if (!result.diagnostics.empty()) absl::StrAppend(&text, ", ", CountDiagnostics(result.diagnostics));
  if (made_strict) text += " (--strict makes errors of warnings)";
  return text;
}

bool CheckOne(const std::string& path, const CheckOptions& options, Output& output) {
  policy::CompileResult result = ReadPolicyInput(path);
  bool made_strict = false;
  for (policy::Diagnostic& diagnostic : result.diagnostics) {
    if (options.strict && diagnostic.severity == policy::Severity::kWarning) {
      diagnostic.severity = policy::Severity::kError;
      made_strict = true;
    }
    Print(diagnostic, options.json, output);
  }
  output.err << Verdict(path, result, made_strict) << "\n";
  return !policy::HasErrors(result.diagnostics);
}

}  // namespace

int RunCheck(const CheckOptions& options, Output& output) {
  bool usable = true;
  for (const std::string& path : options.policies) usable &= CheckOne(path, options, output);
  return usable ? kDone : kFailed;
}

}  // namespace idlewarden::tools
