#include "policy/planner/approved_rows.h"

#include <cstdint>

#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"
#include "policy/planner/decide_server.h"

namespace idlewarden::policy {

const std::string* ApprovedPlanOf(const CycleInput& input, const ServerView& server, size_t row,
                                  const SessionDecision& decision, size_t sessions_of_scope) {
  if (input.approved == nullptr) return nullptr;
  const SessionRows& rows = *server.block().rows;
  return input.approved->Find({.server = server.name(),
                               .client = server.pools().clients()[rows.client[row]].name,
                               .user = server.pools().users()[rows.user[row]].folded,
                               .rule = input.policy.NameOf(decision),
                               .scope = server.close_scope(),
                               .sessions = static_cast<int64_t>(sessions_of_scope)});
}

ApprovedRows::ApprovedRows(const CycleInput& input, const ServerView& server,
                           const std::vector<SessionDecision>& decisions) {
  const SessionRows& rows = *server.block().rows;
  const std::vector<uint32_t>& scopes = ScopeNumbers(server.block());
  std::vector<size_t> sessions(ScopeCount(server.block()));
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (decisions[row].decision == Decision::kClose) ++sessions[scopes[row]];
  }
  std::vector<bool> missing(sessions.size());  // a pair of the scope is not approved
  std::vector<bool> seen(rows.pair_count);
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (decisions[row].decision != Decision::kClose || seen[rows.pair[row]]) continue;
    seen[rows.pair[row]] = true;
    const size_t scope = scopes[row];
    if (ApprovedPlanOf(input, server, row, decisions[row], sessions[scope]) == nullptr) missing[scope] = true;
  }
  rows_.resize(decisions.size());
  for (size_t row = 0; row < decisions.size(); ++row) {
    rows_[row] = decisions[row].decision == Decision::kClose && !missing[scopes[row]];
  }
}

}  // namespace idlewarden::policy
