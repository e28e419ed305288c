#include "policy/planner/earlier_cycle.h"

#include "policy/compiler/index/policy_index.h"

namespace idlewarden::policy {

DecisionTerms TermsOf(const CycleInput& input) {
  DecisionTerms terms{.policy_hash = input.policy.hash(),
                      .open_windows = {},
                      .demoted = input.demoted,
                      .observe_only = input.observe_only,
                      .with_history = input.history != nullptr,
                      .with_exemptions = static_cast<bool>(input.exempt),
                      .exempt_version = input.exempt_version};
  for (const auto& plane : input.policy.index().planes()) terms.open_windows.push_back(plane->Accepting(input.at));
  return terms;
}

bool EarlierCycle::Serves(const DecisionTerms& now) const { return now == terms; }

std::optional<std::vector<SessionDecision>> EarlierCycle::Find(const ServerView& server) const {
  const std::optional<size_t> index = table.FindServer(server.name());
  if (!index.has_value() || &table.server(*index).block() != &server.block()) return std::nullopt;
  std::vector<SessionDecision> found = decisions[*index];
  for (SessionDecision& decision : found) {
    if (decision.decision == Decision::kHeld) decision = {Decision::kClose, Reason::kMatched, decision.rule};
  }
  return found;
}

}  // namespace idlewarden::policy
