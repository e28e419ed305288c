#include "policy/compiler/host_names.h"

#include <optional>
#include <variant>

#include "policy/model/glob.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {
namespace {

void Add(const std::optional<PatternSet>& set, std::set<std::string>& names) {
  if (!set.has_value()) return;
  for (const auto& list : *set) {
    for (const Pattern& pattern : list->patterns) {
      if (pattern.kind == Pattern::Kind::kHost && GlobIsLiteral(pattern.folded)) names.insert(pattern.folded);
    }
  }
}

void Add(const ResolvedConditions& conditions, std::set<std::string>& names) {
  const ResolvedCondition* clients = conditions.Find(Field::kClients);
  if (clients == nullptr) return;
  const auto& lists = std::get<PatternLists<PatternSet>>(clients->value);
  Add(lists.in, names);
  Add(lists.not_in, names);
}

void Add(const ResolvedWhen& when, std::set<std::string>& names) {
  Add(when.all, names);
  for (const ResolvedConditions& map : when.any) Add(map, names);
}

}  // namespace

std::set<std::string> HostNamesOf(const CompiledPolicy& policy) {
  std::set<std::string> names;
  for (const ResolvedProtection& protection : policy.resolved().protections) Add(protection.when, names);
  for (const ResolvedRule& rule : policy.resolved().rules) Add(rule.when, names);
  return names;
}

}  // namespace idlewarden::policy
