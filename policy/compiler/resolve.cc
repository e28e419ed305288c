#include "policy/compiler/resolve.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "policy/compiler/canonical.h"
#include "policy/compiler/pattern_resolver.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/digest.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {
namespace {

// Of a field that has patterns.
PatternUse UseOf(Field field) {
  static_assert(
      AreAll<HasPatterns>({Field::kUsers, Field::kClients, Field::kServers, Field::kClientTypes, Field::kTransports}));
  switch (field) {
    case Field::kUsers:
      return PatternUse::kUser;
    case Field::kClients:
      return PatternUse::kClient;
    case Field::kServers:
    case Field::kClientTypes:
    case Field::kTransports:
      return PatternUse::kText;
    default:
      break;
  }
  return PatternUse::kText;
}

class ConditionResolver {
 public:
  ConditionResolver(PatternResolver& patterns, bool in_rule) : patterns_(patterns), in_rule_(in_rule) {}

  ResolvedWhen Resolve(const When& when) {
    ResolvedWhen resolved;
    resolved.all = Resolve(when.all);
    for (const Conditions& map : when.any) resolved.any.push_back(Resolve(map));
    return resolved;
  }

 private:
  using Value = ConditionValue<PatternSet>;

  ResolvedConditions Resolve(const Conditions& conditions) {
    ResolvedConditions resolved;
    resolved.place = conditions.place;
    for (const Condition& condition : conditions) {
      Value value =
          std::visit([&](const auto& kind) { return Value(Resolve(condition.field, kind)); }, condition.value);
      resolved.Set({condition.field, std::move(value), condition.place});
    }
    return resolved;
  }

  // Without lists and names a value is resolved already.
  static TimeBounds Resolve(Field, const TimeBounds& bounds) { return bounds; }
  static CountBounds Resolve(Field, const CountBounds& bounds) { return bounds; }
  static bool Resolve(Field, bool flag) { return flag; }
  static Windows Resolve(Field, const Windows& windows) { return windows; }

  PatternLists<PatternSet> Resolve(Field field, const PatternLists<EntryList>& lists) {
    PatternLists<PatternSet> resolved;
    if (lists.in.has_value()) resolved.in = patterns_.Resolve(*lists.in, UseOf(field), in_rule_);
    if (lists.not_in.has_value()) resolved.not_in = patterns_.Resolve(*lists.not_in, UseOf(field), in_rule_);
    return resolved;
  }

  // Labels are compared as they are, but for the ways in which Unicode can spell one text.
  ServerTests<PatternSet> Resolve(Field field, const ServerTests<EntryList>& servers) {
    ServerTests<PatternSet> resolved{Resolve(field, servers.names), {}};
    for (const auto& [label, values] : servers.labels) {
      LabelTest& test = resolved.labels.emplace_back(LabelTest{NormalForm(label), {}});
      for (const std::string& value : values) test.values.push_back(NormalForm(value));
    }
    return resolved;
  }

  PatternResolver& patterns_;
  bool in_rule_;
};

// The digests of what the lists come to, as far as a rule's meaning depends on them.
class ListDigests {
 public:
  explicit ListDigests(const std::vector<NamedList>& lists) {
    for (const NamedList& list : lists) digests_[list.name] = Sha256Hex(CanonicalEntries(list.entries));
  }

  void Add(const ResolvedConditions& conditions, std::string& text) const {
    for (const ResolvedCondition& condition : conditions) {
      if (const auto* lists = std::get_if<PatternLists<PatternSet>>(&condition.value)) Add(*lists, text);
      if (const auto* servers = std::get_if<ServerTests<PatternSet>>(&condition.value)) Add(servers->names, text);
    }
  }

 private:
  void Add(const PatternLists<PatternSet>& lists, std::string& text) const {
    Add(lists.in, text);
    Add(lists.not_in, text);
  }

  void Add(const std::optional<PatternSet>& set, std::string& text) const {
    if (!set.has_value()) return;
    for (const std::shared_ptr<const PatternList>& list : *set) {
      const auto found = digests_.find(list->name);
      if (found != digests_.end()) absl::StrAppend(&text, found->second, "\n");
    }
  }

  absl::flat_hash_map<std::string, std::string> digests_;
};

std::string Fingerprint(const Rule& rule, const ResolvedWhen& when, const ListDigests& lists) {
  std::string text = CanonicalRule(rule);
  lists.Add(when.all, text);
  for (const ResolvedConditions& map : when.any) lists.Add(map, text);
  return Sha256Hex(text);
}

}  // namespace

ResolvedPolicy ResolvePolicy(const Policy& policy, DiagnosticList& diagnostics) {
  ResolvedPolicy resolved;
  PatternResolver patterns(policy.lists, policy.whole, diagnostics);
  const ListDigests digests(policy.lists);
  for (const Protection& protection : policy.protections) {
    resolved.protections.push_back(
        {protection.name, protection.reason, ConditionResolver(patterns, false).Resolve(protection.when)});
  }
  for (const Rule& rule : policy.rules) {
    ResolvedWhen when = ConditionResolver(patterns, true).Resolve(rule.when);
    std::string fingerprint = Fingerprint(rule, when, digests);
    resolved.rules.push_back(
        {rule.name, std::move(when), rule.mode, rule.for_time, rule.max_closes_per_cycle, std::move(fingerprint)});
  }
  for (size_t i = 0; i < policy.lists.size(); ++i) {
    if (patterns.used(i)) continue;
    patterns.CheckUnused(i);
    if (!policy.whole) continue;
    diagnostics.Add(Code::kUnusedList, policy.lists[i].place,
                    absl::StrCat("no condition uses the list ", Quoted(policy.lists[i].name),
                                 "; if it was meant to protect somebody, it does not"));
  }
  resolved.limits = policy.limits;
  resolved.allow_machine_accounts = policy.allow_machine_accounts;
  resolved.canonical = CanonicalPolicy(policy, [&](size_t list) { return patterns.used(list); });
  resolved.hash = Sha256Hex(resolved.canonical);
  return resolved;
}

}  // namespace idlewarden::policy
