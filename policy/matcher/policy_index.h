// The indexes of a compiled policy: what makes the cost of evaluation independent of the number of rules.
//
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_POLICY_INDEX_H_
#define IDLEWARDEN_POLICY_MATCHER_POLICY_INDEX_H_

#include <array>
#include <cstddef>

#include "policy/matcher/conjunction_index.h"
#include "policy/matcher/eligibility_index.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

class PolicyIndex {
 public:
  // `policy` must outlive the index.
  explicit PolicyIndex(const ResolvedPolicy& policy);

  const PatternIndexes& patterns() const { return patterns_; }
  // By number.
  enum IndexNumber : size_t { kProtectionsPossible, kProtectionsCertain, kRules };
  std::array<const ConjunctionIndex*, 3> conjunctions() const {
    return {&protections_possible_, &protections_certain_, &rules_};
  }
  // Of the rules.
  const EligibilityIndex& eligibility() const { return eligibility_; }

 private:
  PatternIndexes patterns_;
  ConjunctionIndex protections_possible_;
  ConjunctionIndex protections_certain_;
  ConjunctionIndex rules_;
  EligibilityIndex eligibility_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_POLICY_INDEX_H_
