#include "policy/matcher/policy_index.h"

#include <utility>
#include <vector>

namespace idlewarden::policy {
namespace {

// Works for rules and protections.
template <typename Owners>
std::vector<IndexedConjunction> ConjunctionsOf(const Owners& owners) {
  std::vector<IndexedConjunction> conjunctions;
  for (size_t i = 0; i < owners.size(); ++i) {
    for (Conjunction& conditions : Alternatives(owners[i].when)) {
      conjunctions.push_back({static_cast<int32_t>(i), std::move(conditions)});
    }
  }
  return conjunctions;
}

}  // namespace

PolicyIndex::PolicyIndex(const ResolvedPolicy& policy)
    : protections_possible_(ConjunctionsOf(policy.protections), Certainty::kPossible, patterns_),
      protections_certain_(ConjunctionsOf(policy.protections), Certainty::kCertain, patterns_),
      rules_(ConjunctionsOf(policy.rules), Certainty::kCertain, patterns_),
      eligibility_(rules_) {
  protections_possible_.Finish(patterns_);
  protections_certain_.Finish(patterns_);
  rules_.Finish(patterns_);
}

}  // namespace idlewarden::policy
