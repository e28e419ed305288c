#include "tools/cli/check_command.h"

#include "absl/strings/str_cat.h"
#include "agent/settings/policy_file.h"
#include "policy/compiler/compile.h"
#include "tools/cli/diagnostics.h"

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

bool CheckOne(const std::string& path, const CheckOptions& options, Output& output) {
  const absl::StatusOr<policy::PolicySource> source = agent::ReadPolicyFile(path);
  if (!source.ok()) {
    output.err << "idlewarden: " << source.status().message() << "\n";
    return false;
  }
  const policy::CompileResult result = policy::CompilePolicy(*source);
  for (const policy::Diagnostic& diagnostic : result.diagnostics) Print(diagnostic, options.json, output);
  const bool usable = result.policy != nullptr && !(options.strict && !result.diagnostics.empty());
  if (usable) {
    output.err << path << ": usable, " << Counted(result.policy->rule_count(), "rule") << ", "
               << Counted(result.policy->protection_count(), "protection");
  } else {
    output.err << path << ": not usable";
  }
  if (!result.diagnostics.empty()) output.err << ", " << CountDiagnostics(result.diagnostics);
  output.err << "\n";
  return usable;
}

}  // namespace

int RunCheck(const CheckOptions& options, Output& output) {
  bool usable = true;
  for (const std::string& path : options.policies) usable &= CheckOne(path, options, output);
  return usable ? kDone : kFailed;
}

}  // namespace idlewarden::tools
