#include "policy/planner/approved_rows.h"

#include <cstdint>

#include "policy/model/server_block.h"

namespace idlewarden::policy {

const std::string* ApprovedPlanOf(const CycleInput& input, const ServerView& server, size_t row,
                                  const SessionDecision& decision, size_t sessions_of_scope) {
  if (input.approved == nullptr) return nullptr;
  return input.approved->Find({.server = server.name(),
                               .client = server.canonical_client(row),
                               .user = server.canonical_user(row),
                               .connection = server.pair_connection(row),
                               .rule = input.policy.NameOf(decision),
                               .scope = CloseScopes(server.block()).KindOf(row),
                               .sessions = static_cast<int64_t>(sessions_of_scope)});
}

ApprovedRows::ApprovedRows(const CycleInput& input, const ServerView& server,
                           const std::vector<SessionDecision>& decisions)
    : rows_(decisions.size()) {
  const CloseScopes scopes(server.block());
  const auto closes = [&](size_t row) { return decisions[row].decision == Decision::kClose; };
  std::vector<size_t> sessions(scopes.count());
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (closes(row)) scopes.ForEachWith(row, [&](uint32_t scope) { ++sessions[scope]; });
  }
  // By the rule of the pair's first session, as it is planned.
  const SessionRows& rows = *server.block().rows;
  std::vector<bool> seen(rows.pair_count);
  std::vector<bool> approved(rows.pair_count);
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (!closes(row)) continue;
    const uint32_t pair = rows.pair[row];
    if (!seen[pair]) {
      seen[pair] = true;
      approved[pair] = ApprovedPlanOf(input, server, row, decisions[row], sessions[scopes.Of(row)]) != nullptr;
    }
    rows_[row] = approved[pair];
  }
  KeepOnlyWholeScopes(scopes, decisions);
}

void ApprovedRows::KeepOnlyWholeScopes(const CloseScopes& scopes, const std::vector<SessionDecision>& decisions) {
  // Where scopes overlap, what takes the release from one row may take it from another.
  for (bool fewer = true; fewer;) {
    fewer = false;
    std::vector<bool> missing(scopes.count());  // a row in the scope is not released
    for (size_t row = 0; row < decisions.size(); ++row) {
      const bool held = decisions[row].decision == Decision::kClose && !rows_[row];
      if (held) scopes.ForEachWith(row, [&](uint32_t scope) { missing[scope] = true; });
    }
    for (size_t row = 0; row < decisions.size(); ++row) {
      if (!rows_[row] || !missing[scopes.Of(row)]) continue;
      rows_[row] = false;
      fewer = true;
    }
  }
}

}  // namespace idlewarden::policy
