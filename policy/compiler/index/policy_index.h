// The indexes of a compiled policy: what makes the cost of evaluation independent of the number of rules.
//
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_COMPILER_INDEX_POLICY_INDEX_H_
#define IDLEWARDEN_POLICY_COMPILER_INDEX_POLICY_INDEX_H_

#include "policy/compiler/index/plane_index.h"
#include "policy/compiler/resolved_policy.h"

namespace idlewarden::policy {

class PolicyIndex {
 public:
  // `policy` must outlive the index.
  explicit PolicyIndex(const ResolvedPolicy& policy);

  const PatternIndexes& patterns() const { return patterns_; }
  const PlaneIndex& protections_possible() const { return protections_possible_; }
  const PlaneIndex& protections_certain() const { return protections_certain_; }
  const PlaneIndex& rules() const { return rules_; }

 private:
  PatternIndexes patterns_;
  PlaneIndex protections_possible_;
  PlaneIndex protections_certain_;
  PlaneIndex rules_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_INDEX_POLICY_INDEX_H_
