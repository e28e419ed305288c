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

// `before`: the table of the snapshot before. What is not shown any more has to start again.
void Observe(const policy::CompiledPolicy& policy, const policy::SessionTable& before,
             const policy::SessionTable& table, absl::Time at, policy::MatchHistory& history) {
  for (size_t i = 0; i < before.server_count(); ++i) {
    if (!table.FindServer(before.server(i).name())) history.Forget(before.server(i).name());
  }
  for (size_t i = 0; i < table.server_count(); ++i) history.Observe(policy, table, i, at);
}

absl::Status CheckTimes(const std::vector<policy::Snapshot>& snapshots) {
  for (size_t i = 0; i < snapshots.size(); ++i) {
    if (snapshots[i].taken_at == absl::InfinitePast()) {
      return absl::InvalidArgumentError(absl::StrCat("snapshot ", i + 1, " has no `taken_at`: its time is unknown"));
    }
    if (i > 0 && snapshots[i].taken_at <= snapshots[i - 1].taken_at) {
      return absl::InvalidArgumentError(
          absl::StrCat("snapshot ", i + 1, " was not taken after the one before: put them into the order of time"));
    }
  }
  return absl::OkStatus();
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

absl::StatusOr<Evaluation> Evaluate(const policy::CompiledPolicy& policy,
                                    const std::vector<policy::Snapshot>& snapshots, std::optional<absl::Time> at) {
  const bool measures_for = snapshots.size() > 1;
  if (measures_for || !at) {
    if (absl::Status status = CheckTimes(snapshots); !status.ok()) return status;
  }
  policy::MatchHistory history;
  policy::SessionTable table;
  for (const policy::Snapshot& snapshot : snapshots) {
    policy::SessionTable next = MakeTable(snapshot);
    if (measures_for) Observe(policy, table, next, snapshot.taken_at, history);
    table = std::move(next);
  }
  const absl::Time time = at ? *at : snapshots.back().taken_at;
  policy::CycleResult result =
      policy::RunCycle({.policy = policy, .table = table, .at = time, .history = measures_for ? &history : nullptr});
  return Evaluation{.policy = policy, .at = time, .table = std::move(table), .result = std::move(result)};
}

}  // namespace idlewarden::tools
