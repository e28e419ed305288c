#include "policy/evaluator/evaluate.h"

#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/session_facts.h"

namespace idlewarden::policy {

std::vector<RowMatch> EvaluateServer(const CompiledPolicy& policy, const ServerView& server, absl::Time at) {
  std::vector<RowMatch> matches;
  matches.reserve(server.size());
  for (size_t row = 0; row < server.size(); ++row) {
    matches.push_back(MatchPlainly(policy.resolved(), FactsOf(server, row, at)));
  }
  return matches;
}

}  // namespace idlewarden::policy
