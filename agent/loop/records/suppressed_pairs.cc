#include "agent/loop/records/suppressed_pairs.h"

#include <vector>

#include "absl/hash/hash.h"
#include "policy/model/decision.h"
#include "policy/model/policy.h"

namespace idlewarden::agent {
namespace {

using policy::Decision;
using policy::Reason;

// A rule that enforces matched, and something other than the policy's own protections keeps the session.
bool IsRefused(const CycleView& cycle, const policy::SessionDecision& decision) {
  if (decision.decision == Decision::kHeld) return true;
  const bool refused = decision.reason == Reason::kExempt || decision.reason == Reason::kCollateral;
  return refused && cycle.enforcing && cycle.policy->rule_mode(decision.rule) == policy::RuleMode::kEnforce;
}

}  // namespace

SuppressedPairs FindSuppressedPairs(const CycleView& cycle, size_t server) {
  const policy::ServerView view = cycle.table.server(server);
  const std::vector<policy::SessionDecision>& decisions = cycle.result.decisions[server];
  SuppressedPairs refused;
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (!IsRefused(cycle, decisions[row])) continue;
    const SuppressionKind kind =
        absl::HashOf(policy::ReasonName(decisions[row].reason), cycle.policy->NameOf(decisions[row]));
    const uint64_t hash = absl::HashOf(view.canonical_client(row), view.canonical_user(row),
                                       view.pair_connection(row).value_or(""), kind);
    refused.try_emplace(hash, SuppressedPair{.row = row, .kind = kind});
  }
  return refused;
}

SuppressionCounts CountByKind(const SuppressedPairs& pairs) {
  SuppressionCounts counts;
  for (const auto& [hash, pair] : pairs) {
    SuppressionCount& count = counts[pair.kind];
    count = {.pairs = count.pairs + 1, .row = pair.row};
  }
  return counts;
}

}  // namespace idlewarden::agent
