#include "policy/matcher/policy_index.h"

#include <utility>
#include <vector>

namespace idlewarden::policy {
namespace {

void AddAlternatives(int32_t owner, const ResolvedWhen& when, std::vector<IndexedConjunction>& conjunctions) {
  IndexedConjunction all{owner, {}};
  for (const Condition& condition : when.all) all.conditions.push_back(&condition);
  if (when.any.empty()) conjunctions.push_back(all);
  for (const Conjunction& map : when.any) {
    conjunctions.push_back(all);
    for (const Condition& condition : map) conjunctions.back().conditions.push_back(&condition);
  }
}

// Works for rules and protections.
template <typename Owners>
std::vector<IndexedConjunction> Alternatives(const Owners& owners) {
  std::vector<IndexedConjunction> conjunctions;
  for (size_t i = 0; i < owners.size(); ++i) AddAlternatives(static_cast<int32_t>(i), owners[i].when, conjunctions);
  return conjunctions;
}

}  // namespace

PolicyIndex::PolicyIndex(const ResolvedPolicy& policy)
    : protections_possible_(Alternatives(policy.protections), Certainty::kPossible, patterns_),
      protections_certain_(Alternatives(policy.protections), Certainty::kCertain, patterns_),
      rules_(Alternatives(policy.rules), Certainty::kCertain, patterns_),
      reach_(rules_) {
  protections_possible_.Finish(patterns_);
  protections_certain_.Finish(patterns_);
  rules_.Finish(patterns_);
}

}  // namespace idlewarden::policy
