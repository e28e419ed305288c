#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {
namespace {

void Append(const ResolvedConditions& conditions, Conjunction& conjunction) {
  for (const ResolvedCondition& condition : conditions) conjunction.push_back(&condition);
}

}  // namespace

std::vector<Conjunction> Alternatives(const ResolvedWhen& when) {
  std::vector<Conjunction> alternatives(when.any.empty() ? 1 : when.any.size());
  for (size_t i = 0; i < alternatives.size(); ++i) {
    Append(when.all, alternatives[i]);
    if (!when.any.empty()) Append(when.any[i], alternatives[i]);
  }
  return alternatives;
}

}  // namespace idlewarden::policy
