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

void Add(absl::string_view name, const TimeBounds& bounds, Parts& parts) {
  const auto text = [](int64_t seconds) { return FormatShortDuration(absl::Seconds(seconds)); };
  if (bounds.at_least) parts.push_back(absl::StrCat(name, " >= ", text(*bounds.at_least)));
  if (bounds.below) parts.push_back(absl::StrCat(name, " < ", text(*bounds.below)));
}

void Add(absl::string_view name, const CountBounds& bounds, Parts& parts) {
  if (bounds.at_least.value_or(0) > 0) parts.push_back(absl::StrCat(name, " >= ", *bounds.at_least));
  if (bounds.at_most.has_value()) parts.push_back(absl::StrCat(name, " <= ", *bounds.at_most));
}

template <typename Other>
void Add(absl::string_view, const Other&, Parts&) {}

// How many sessions there are is nothing that is measured of one of them.
bool IsMeasured(const FieldInfo& info) { return info.unit != FieldUnit::kSessions; }

std::string Join(const ResolvedConditions& conditions) {
  Parts parts;
  for (const ResolvedCondition& condition : conditions) {
    const FieldInfo& info = condition.info();
    if (IsMeasured(info)) std::visit([&](const auto& kind) { Add(info.key, kind, parts); }, condition.value);
  }
  return absl::StrJoin(parts, ", ");
}

std::string RequirementOf(const ResolvedWhen& when) {
  std::string all = Join(when.all);
  Parts alternatives;
  for (const ResolvedConditions& map : when.any) alternatives.push_back(Join(map));
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
