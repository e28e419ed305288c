#include "agent/loop/records/suppression_record.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "policy/compiler/requirement.h"
#include "policy/model/decision.h"
#include "policy/model/server_block.h"
#include "policy/planner/close_scopes.h"

namespace idlewarden::agent {

AuditRecord SuppressionRecords::OfMany(size_t row, size_t pairs) const {
  const policy::SessionDecision& decision = cycle_.result.decisions[server_][row];
  const std::string rule(cycle_.policy->NameOf(decision));
  return {.time = cycle_.result.plan.at,
          .agent = agent_name_,
          .server = view_.name(),
          .pairs = static_cast<int64_t>(pairs),
          .rule = rule,
          .required = policy::RequirementOf(*cycle_.policy, rule),
          .mode = "enforce",
          .plan_id = cycle_.result.plan.id,
          .policy_hash = cycle_.policy->hash(),
          .outcome = decision.decision == policy::Decision::kHeld ? "held" : "refused",
          .message = std::string(policy::ReasonName(decision.reason))};
}

AuditRecord SuppressionRecords::OfPair(size_t row) {
  AuditRecord record = OfMany(row, 0);
  record.client = view_.client(row);
  record.user = view_.user(row);
  record.connection = std::string(view_.pair_connection(row).value_or(""));
  AddSessions(row, record);
  return record;
}

void SuppressionRecords::AddSessions(size_t row, AuditRecord& record) {
  const std::vector<uint32_t>& pairs = view_.block().rows->pair;
  const absl::Span<const uint32_t> scope = ScopeOf(row);
  std::vector<uint32_t> rows(scope.begin(), scope.end());
  const auto others =
      std::stable_partition(rows.begin(), rows.end(), [&](uint32_t other) { return pairs[other] == pairs[row]; });
  record.collateral = rows.end() - others;
  std::stable_partition(others, rows.end(), [this](uint32_t other) { return IsKept(other); });
  if (rows.end() - others > static_cast<ptrdiff_t>(kMostOthers)) rows.erase(others + kMostOthers, rows.end());
  for (const uint32_t listed : rows) {
    const policy::Session session = view_.session(listed);
    record.sessions.push_back({.user = session.user,
                               .idle_seconds = session.idle_seconds,
                               .idle_at_least = session.idle_bound == policy::IdleBound::kAtLeast,
                               .age_seconds = session.age_seconds,
                               .open_files = session.open_files});
  }
}

bool SuppressionRecords::IsKept(size_t row) const {
  const policy::SessionDecision& decision = cycle_.result.decisions[server_][row];
  return decision.decision == policy::Decision::kKeep && decision.reason != policy::Reason::kCollateral;
}

absl::Span<const uint32_t> SuppressionRecords::ScopeOf(size_t row) {
  const policy::CloseScopes scopes(view_.block());
  const size_t sessions = view_.size();
  if (begins_.empty()) {
    begins_.assign(scopes.count() + 1, 0);
    for (size_t other = 0; other < sessions; ++other) {
      scopes.ForEachWith(other, [this](uint32_t scope) { ++begins_[scope + 1]; });
    }
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    std::vector<uint32_t> next = begins_;
    rows_.resize(begins_.back());
    for (uint32_t other = 0; other < sessions; ++other) {
      scopes.ForEachWith(other, [&](uint32_t scope) { rows_[next[scope]++] = other; });
    }
  }
  const uint32_t scope = scopes.Of(row);
  return absl::MakeConstSpan(rows_).subspan(begins_[scope], begins_[scope + 1] - begins_[scope]);
}

}  // namespace idlewarden::agent
