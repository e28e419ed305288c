#include "tools/cli/test_command.h"

#include <filesystem>
#include <memory>

#include "policy/model/escape_for_display.h"
#include "policy/scenario/scenario_reader.h"
#include "policy/scenario/scenario_runner.h"
#include "tools/cli/inputs.h"
#include "tools/cli/test_report.h"

namespace idlewarden::tools {
namespace {

void AddErrors(const std::vector<policy::Diagnostic>& diagnostics, FileResult& result) {
  if (!policy::HasErrors(diagnostics)) return;
  for (const policy::Diagnostic& diagnostic : diagnostics) {
    result.errors.push_back(policy::FormatDiagnostic(diagnostic));
  }
}

FileResult RunFile(const std::string& path) {
  FileResult result{.file = path};
  const absl::StatusOr<std::string> text = ReadInput(path);
  if (!text.ok()) {
    result.errors.push_back(policy::EscapeForDisplay(text.status().message()));
    return result;
  }
  const policy::ScenarioReadResult tests = policy::ReadScenarios(*text, path);
  AddErrors(tests.diagnostics, result);
  if (!result.errors.empty()) return result;
  const std::filesystem::path policy_path = std::filesystem::path(path).parent_path() / tests.file.policy;
  const policy::CompileResult policy = ReadPolicyInput(policy_path.lexically_normal().string());
  AddErrors(policy.diagnostics, result);
  if (!result.errors.empty()) return result;
  for (const policy::ScenarioCase& scenario : tests.file.cases) {
    result.results.push_back(policy::RunScenario(*policy.policy, scenario));
  }
  return result;
}

}  // namespace

int RunTest(const TestOptions& options, Output& output) {
  std::vector<FileResult> results;
  results.reserve(options.files.size());
  for (const std::string& file : options.files) results.push_back(RunFile(file));
  if (options.format == "junit") {
    output.out << JunitXml(results);
  } else {
    PrintText(results, output);
  }
  const TestCounts counts = Count(results);
  return counts.failed == 0 && counts.passed > 0 ? kDone : kFailed;
}

}  // namespace idlewarden::tools
