#include "policy/compiler/compiled_policy.h"

#include <algorithm>
#include <utility>

#include "policy/matcher/policy_index.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {
namespace {

bool NeedsIdle(const ResolvedConditions& conditions) { return conditions.Find(Field::kIdle) != nullptr; }

bool NeedsIdle(const ResolvedWhen& when) {
  if (NeedsIdle(when.all)) return true;
  return !when.any.empty() &&
         std::all_of(when.any.begin(), when.any.end(), [](const ResolvedConditions& map) { return NeedsIdle(map); });
}

}  // namespace

CompiledPolicy::CompiledPolicy(std::shared_ptr<const ResolvedPolicy> resolved)
    : resolved_(std::move(resolved)), index_(std::make_unique<PolicyIndex>(*resolved_)) {}
CompiledPolicy::~CompiledPolicy() = default;

const std::string& CompiledPolicy::hash() const { return resolved_->hash; }
const std::string& CompiledPolicy::canonical() const { return resolved_->canonical; }
size_t CompiledPolicy::rule_count() const { return resolved_->rules.size(); }
absl::string_view CompiledPolicy::rule_name(size_t rule) const { return resolved_->rules[rule].name; }
RuleMode CompiledPolicy::rule_mode(size_t rule) const { return resolved_->rules[rule].mode; }
absl::Duration CompiledPolicy::rule_for(size_t rule) const { return resolved_->rules[rule].for_time; }
size_t CompiledPolicy::protection_count() const { return resolved_->protections.size(); }
const Limits& CompiledPolicy::limits() const { return resolved_->limits; }

absl::string_view CompiledPolicy::protection_name(size_t protection) const {
  return resolved_->protections[protection].name;
}

absl::string_view CompiledPolicy::protection_reason(size_t protection) const {
  return resolved_->protections[protection].reason;
}

absl::string_view CompiledPolicy::NameOf(const SessionDecision& decision) const {
  if (decision.rule < 0) return "";
  const bool protection = decision.reason == Reason::kProtected || decision.reason == Reason::kProtectedUnknown;
  return protection ? protection_name(decision.rule) : rule_name(decision.rule);
}

OpenWindows CompiledPolicy::OpenWindowsAt(absl::Time at) const {
  OpenWindows open;
  for (const ConjunctionIndex* conjunctions : index_->conjunctions()) {
    const BitWords accepting = conjunctions->Accepting(at);
    open.accepting_.insert(open.accepting_.end(), accepting.begin(), accepting.end());
  }
  return open;
}

std::vector<std::string> CompiledPolicy::RulesNeedingIdle() const {
  std::vector<std::string> names;
  for (const ResolvedRule& rule : resolved_->rules) {
    if (NeedsIdle(rule.when)) names.push_back(rule.name);
  }
  return names;
}

}  // namespace idlewarden::policy
