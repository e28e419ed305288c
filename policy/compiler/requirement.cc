#include "policy/compiler/requirement.h"

#include <optional>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/model/duration.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {
namespace {

using Parts = std::vector<std::string>;

void Add(const TimeCondition& condition, Parts& parts) {
  const char* const name = condition.field == TimeCondition::Field::kIdle ? "idle" : "age";
  const auto text = [](int64_t seconds) { return FormatShortDuration(absl::Seconds(seconds)); };
  if (condition.bounds.at_least) parts.push_back(absl::StrCat(name, " >= ", text(*condition.bounds.at_least)));
  if (condition.bounds.below) parts.push_back(absl::StrCat(name, " < ", text(*condition.bounds.below)));
}

void Add(const CountCondition& condition, Parts& parts) {
  if (condition.field != CountCondition::Field::kOpenFiles) return;
  const auto& [at_least, at_most] = condition.bounds;
  if (at_least.value_or(0) > 0) parts.push_back(absl::StrCat("open_files >= ", *at_least));
  if (at_most.has_value()) parts.push_back(absl::StrCat("open_files <= ", *at_most));
}

template <typename Other>
void Add(const Other&, Parts&) {}

std::string Join(const Conjunction& conjunction) {
  Parts parts;
  for (const Condition& condition : conjunction) {
    std::visit([&parts](const auto& kind) { Add(kind, parts); }, condition);
  }
  return absl::StrJoin(parts, ", ");
}

std::string RequirementOf(const ResolvedWhen& when) {
  std::string all = Join(when.all);
  Parts alternatives;
  for (const Conjunction& conjunction : when.any) alternatives.push_back(Join(conjunction));
  if (alternatives.empty()) return all;
  return absl::StrCat(all, all.empty() ? "" : ", ", "any of (", absl::StrJoin(alternatives, "; "), ")");
}

}  // namespace

std::string RequirementOf(const CompiledPolicy& policy, absl::string_view rule) {
  for (const ResolvedRule& resolved : policy.resolved().rules) {
    if (resolved.name == rule) return RequirementOf(resolved.when);
  }
  return "";
}

}  // namespace idlewarden::policy
