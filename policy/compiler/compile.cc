#include "policy/compiler/compile.h"

#include <algorithm>
#include <utility>

#include "policy/compiler/check_rules.h"
#include "policy/compiler/lint.h"
#include "policy/compiler/resolve.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/read_policy.h"

namespace idlewarden::policy {
namespace {

bool LimitsOpenFiles(const Conditions& conditions) { return conditions.Find(Field::kOpenFiles) != nullptr; }

// A rule that says nothing about open files gets `open_files: 0`, because a forced close can lose unsaved data; where
// only some maps of its `any` speak of it, the others get it. Protections are left as they are: they would keep less.
void AddOpenFiles(When& when) {
  const auto add_none = [](Conditions& map) { map.Set({Field::kOpenFiles, CountBounds{0, 0}, map.place}); };
  if (LimitsOpenFiles(when.all)) return;
  if (!std::any_of(when.any.begin(), when.any.end(), LimitsOpenFiles)) return add_none(when.all);
  for (Conditions& map : when.any) {
    if (!LimitsOpenFiles(map)) add_none(map);
  }
}

}  // namespace

CompileResult CompilePolicy(const PolicySource& source, const CompileOptions& options) {
  DiagnosticList diagnostics(source.file_name);
  Policy policy = ReadPolicy(source.text, {source.read_list_file, source.list_folder}, diagnostics);
  CheckRules(policy, options.shortest_polling, diagnostics);
  // After the checks, which are about what was written, and before everything that goes by what a rule means.
  for (Rule& rule : policy.rules) AddOpenFiles(rule.when);
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
