#include "tools/cli/evaluation.h"

#include <utility>

#include "agent/threads/parallel_for.h"
#include "policy/planner/match_history.h"
#include "policy/planner/planner.h"
#include "policy/planner/suppression.h"

namespace idlewarden::tools {
namespace {

// `before`: the table of the snapshot before. What is not shown any more has to start again.
void Observe(const policy::CompiledPolicy& policy, const policy::SessionTable& before,
             const policy::SessionTable& table, absl::Time at, policy::MatchHistory& history) {
  for (size_t i = 0; i < before.server_count(); ++i) {
    if (!table.FindServer(before.server(i).name())) history.Forget(before.server(i).name());
  }
  for (size_t i = 0; i < table.server_count(); ++i)
    history.OnEnumeration(policy, table, i, {.wall = at, .measured = at});
}

// Assigns, so that rows after the first need no memory of their own.
void FillRow(const policy::Session& session, const policy::CompiledPolicy& policy,
             const policy::SessionDecision& decision, SessionRow& row) {
  const auto assign = [](absl::string_view text, std::string& to) { to.assign(text.data(), text.size()); };
  row.client = session.client;
  if (session.client_absent) row.client.reset();
  row.user = session.user;
  if (session.user_absent) row.user.reset();
  row.idle_seconds = session.idle_seconds;
  row.idle_at_least = session.idle_bound == policy::IdleBound::kAtLeast;
  row.age_seconds = session.age_seconds;
  row.open_files = session.open_files;
  assign(policy::DecisionName(decision.decision), row.decision);
  assign(policy.NameOf(decision), row.rule);
  assign(policy::ReasonName(decision.reason), row.reason);
  const bool by_protection =
      decision.reason == policy::Reason::kProtected || decision.reason == policy::Reason::kProtectedUnknown;
  assign(by_protection ? policy.protection_reason(decision.rule) : "", row.reason_text);
}

}  // namespace

void Evaluation::ForEachRow(absl::FunctionRef<void(const SessionRow&)> visit) const {
  SessionRow row;
  for (size_t server = 0; server < table.server_count(); ++server) {
    const policy::ServerView view = table.server(server);
    row.server = view.name();
    for (size_t i = 0; i < view.size(); ++i) {
      FillRow(view.session(i), policy, decisions[server][i], row);
      visit(row);
    }
  }
}

std::vector<SessionRow> Evaluation::Rows() const {
  std::vector<SessionRow> rows;
  ForEachRow([&](const SessionRow& row) { rows.push_back(row); });
  return rows;
}

std::string Evaluation::ExplainSuppression(size_t server, size_t row) const {
  return policy::ExplainSuppression(
      {.policy = policy, .table = table, .at = at, .history = history.has_value() ? &*history : nullptr}, decisions,
      server, row);
}

Evaluation Evaluate(const policy::CompiledPolicy& policy, const std::vector<policy::SnapshotTable>& snapshots,
                    std::optional<absl::Time> at) {
  std::optional<policy::MatchHistory> history;
  if (snapshots.size() > 1) history.emplace();
  for (size_t i = 0; history.has_value() && i < snapshots.size(); ++i) {
    Observe(policy, i > 0 ? snapshots[i - 1].table : policy::SessionTable(), snapshots[i].table, snapshots[i].taken_at,
            *history);
  }
  policy::SessionTable table = snapshots.back().table;
  const absl::Time time = at.value_or(snapshots.back().taken_at);
  policy::Decisions decisions = policy::DecideAll({.policy = policy,
                                                   .table = table,
                                                   .at = time,
                                                   .history = history.has_value() ? &*history : nullptr,
                                                   .for_each = agent::ForEachOnAllCores(table.session_count())});
  return Evaluation{.policy = policy,
                    .at = time,
                    .table = std::move(table),
                    .history = std::move(history),
                    .decisions = std::move(decisions)};
}

}  // namespace idlewarden::tools
