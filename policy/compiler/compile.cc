#include "policy/compiler/compile.h"

#include <utility>

#include "policy/compiler/check_rules.h"
#include "policy/compiler/defaults.h"
#include "policy/compiler/lint.h"
#include "policy/compiler/resolve.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/read_policy.h"

namespace idlewarden::policy {

CompileResult CompilePolicy(const PolicySource& source, const CompileOptions& options) {
  DiagnosticList diagnostics(source.file_name);
  Policy policy = ReadPolicy(source.text, {source.read_list_file, source.list_folder}, diagnostics);
  CheckRules(policy, options.shortest_polling, diagnostics);
  AddDefaults(policy);
  auto resolved = std::make_shared<ResolvedPolicy>(ResolvePolicy(policy, diagnostics));
  if (!diagnostics.has_errors()) Lint(policy, *resolved, diagnostics);
  CompileResult result;
  if (!diagnostics.has_errors()) result.policy = std::make_shared<CompiledPolicy>(std::move(resolved));
  result.diagnostics = diagnostics.Take();
  return result;
}

CompileResult UnreadablePolicy(const std::string& file_name, const absl::Status& why) {
  DiagnosticList diagnostics(file_name);
  const bool too_large = why.code() == absl::StatusCode::kResourceExhausted;
  diagnostics.Add(too_large ? Code::kTooLarge : Code::kUnreadable, {}, std::string(why.message()));
  return {.policy = nullptr, .diagnostics = diagnostics.Take()};
}

}  // namespace idlewarden::policy
