#include "tools/cli/evaluation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/planner/match_history.h"

namespace idlewarden::tools {
namespace {

policy::SessionTable MakeTable(const policy::Snapshot& snapshot) {
  policy::SessionTable table;
  for (const policy::ServerSnapshot& server : snapshot.servers) table.SetServer(server);
  return table;
}

void Observe(const policy::CompiledPolicy& policy, const policy::SessionTable& table, absl::Time at,
             policy::MatchHistory& history) {
  for (size_t i = 0; i < table.server_count(); ++i) {
    if (table.server(i).complete()) history.Observe(policy, table, i, at);
  }
}

SessionRow MakeRow(const std::string& server, policy::Session session, const policy::CompiledPolicy& policy,
                   const policy::SessionDecision& decision) {
  return SessionRow{.server = server,
                    .client = std::move(session.client),
                    .user = std::move(session.user),
                    .idle_seconds = session.idle_seconds,
                    .age_seconds = session.age_seconds,
                    .open_files = session.open_files,
                    .decision = std::string(policy::DecisionName(decision.decision)),
                    .rule = std::string(policy.NameOf(decision)),
                    .reason = std::string(policy::ReasonName(decision.reason))};
}

}  // namespace

void Evaluation::ForEachRow(absl::FunctionRef<void(const SessionRow&)> visit) const {
  for (size_t server = 0; server < table.server_count(); ++server) {
    const policy::ServerView view = table.server(server);
    for (size_t row = 0; row < view.size(); ++row) {
      visit(MakeRow(view.name(), view.session(row), policy, result.decisions[server][row]));
    }
  }
}

std::vector<SessionRow> Evaluation::Rows() const {
  std::vector<SessionRow> rows;
  ForEachRow([&](const SessionRow& row) { rows.push_back(row); });
  return rows;
}

Evaluation Evaluate(const policy::CompiledPolicy& policy, const std::vector<policy::Snapshot>& snapshots,
                    std::optional<absl::Time> at) {
  policy::MatchHistory history;
  policy::SessionTable table;
  const bool measures_for = snapshots.size() > 1;
  for (const policy::Snapshot& snapshot : snapshots) {
    table = MakeTable(snapshot);
    if (measures_for) Observe(policy, table, snapshot.taken_at, history);
  }
  const absl::Time time = at.value_or(snapshots.back().taken_at);
  policy::CycleResult result =
      policy::RunCycle({.policy = policy, .table = table, .at = time, .history = measures_for ? &history : nullptr});
  return {.policy = policy, .at = time, .table = std::move(table), .result = std::move(result)};
}

}  // namespace idlewarden::tools
