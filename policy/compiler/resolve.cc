#include "policy/compiler/resolve.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "policy/compiler/canonical.h"
#include "policy/compiler/pattern_resolver.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/digest.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {
namespace {

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
  Conjunction Resolve(const Conditions& conditions) {
    Conjunction parts;
    if (conditions.idle) parts.push_back(TimeCondition{TimeCondition::Field::kIdle, *conditions.idle});
    if (conditions.age) parts.push_back(TimeCondition{TimeCondition::Field::kAge, *conditions.age});
    AddCount(CountCondition::Field::kOpenFiles, conditions.open_files, parts);
    AddPatterns(PatternCondition::Field::kUsers, PatternUse::kUser, conditions.users, parts);
    AddPatterns(PatternCondition::Field::kClients, PatternUse::kClient, conditions.clients, parts);
    if (conditions.servers) AddServers(*conditions.servers, parts);
    AddPatterns(PatternCondition::Field::kClientTypes, PatternUse::kText, conditions.client_types, parts);
    AddPatterns(PatternCondition::Field::kTransports, PatternUse::kText, conditions.transports, parts);
    if (conditions.guest) parts.push_back(GuestCondition{*conditions.guest});
    if (!conditions.during.empty()) parts.push_back(DuringCondition{conditions.during});
    AddCount(CountCondition::Field::kServerSessions, conditions.server_sessions, parts);
    AddCount(CountCondition::Field::kUserSessions, conditions.user_sessions, parts);
    return parts;
  }

  static void AddCount(CountCondition::Field field, const std::optional<CountBounds>& bounds, Conjunction& parts) {
    if (bounds.has_value()) parts.push_back(CountCondition{field, *bounds});
  }

  void AddPatterns(PatternCondition::Field field, PatternUse use, const std::optional<PatternClause>& clause,
                   Conjunction& parts) {
    if (!clause.has_value() || (!clause->in.has_value() && !clause->not_in.has_value())) return;
    PatternCondition condition{field, std::nullopt, std::nullopt};
    if (clause->in.has_value()) condition.in = patterns_.Resolve(*clause->in, use, in_rule_);
    if (clause->not_in.has_value()) condition.not_in = patterns_.Resolve(*clause->not_in, use, in_rule_);
    parts.push_back(std::move(condition));
  }

  void AddServers(const ServerClause& clause, Conjunction& parts) {
    AddPatterns(PatternCondition::Field::kServers, PatternUse::kText, clause.names, parts);
    for (const auto& [label, values] : clause.labels) {
      LabelCondition condition{NormalForm(label), {}};
      for (const std::string& value : values) condition.values.push_back(NormalForm(value));
      parts.push_back(std::move(condition));
    }
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

  void AddSet(const std::optional<PatternSet>& set, std::string& text) const {
    if (!set.has_value()) return;
    for (const std::shared_ptr<const PatternList>& list : *set) {
      const auto found = digests_.find(list->name);
      if (found != digests_.end()) absl::StrAppend(&text, found->second, "\n");
    }
  }

  void AddConjunction(const Conjunction& parts, std::string& text) const {
    for (const Condition& part : parts) {
      const auto* patterns = std::get_if<PatternCondition>(&part);
      if (patterns == nullptr) continue;
      AddSet(patterns->in, text);
      AddSet(patterns->not_in, text);
    }
  }

 private:
  absl::flat_hash_map<std::string, std::string> digests_;
};

std::string Fingerprint(const Rule& rule, const ResolvedWhen& when, const ListDigests& lists) {
  std::string text = CanonicalRule(rule);
  lists.AddConjunction(when.all, text);
  for (const Conjunction& map : when.any) lists.AddConjunction(map, text);
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
