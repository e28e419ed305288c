#include "tools/cli/preview_command.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/settings/policy_file.h"
#include "policy/compiler/compile.h"
#include "policy/planner/match_history.h"
#include "policy/planner/planner.h"
#include "policy/snapshot/snapshot_reader.h"
#include "tools/cli/session_row.h"

namespace idlewarden::tools {
namespace {

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(absl::StrCat("cannot read the snapshot file ", path,
                                            ". `idlewarden record` writes one from an agent or a server."));
  }
  return text;
}

absl::StatusOr<std::vector<policy::Snapshot>> LoadSnapshots(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadAll(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<policy::Snapshot>> snapshots = policy::ReadSnapshots(*text);
  if (!snapshots.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", snapshots.status().message()));
  if (snapshots->empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": there is no snapshot in it"));
  return snapshots;
}

// Null after printing why the policy is not usable. Warnings are printed as well.
std::shared_ptr<const policy::CompiledPolicy> LoadPolicy(const std::string& path, Output& output) {
  const absl::StatusOr<policy::PolicySource> source = agent::ReadPolicyFile(path);
  if (!source.ok()) {
    output.err << "idlewarden: " << source.status().message() << "\n";
    return nullptr;
  }
  policy::CompileResult result = policy::CompilePolicy(*source);
  for (const policy::Diagnostic& diagnostic : result.diagnostics) {
    output.err << policy::FormatDiagnostic(diagnostic) << "\n";
  }
  return result.policy;
}

policy::SessionTable MakeTable(const policy::Snapshot& snapshot) {
  policy::SessionTable table;
  for (const policy::ServerSnapshot& server : snapshot.servers) table.SetServer(server);
  return table;
}

void Observe(const policy::CompiledPolicy& compiled, const policy::SessionTable& table, absl::Time at,
             policy::MatchHistory& history) {
  for (size_t i = 0; i < table.server_count(); ++i) {
    if (table.server(i).complete()) history.Observe(compiled, table, i, at);
  }
}

SessionRow MakeRow(const std::string& server, policy::Session session, const policy::CompiledPolicy& compiled,
                   const policy::SessionDecision& decision) {
  return SessionRow{.server = server,
                    .client = std::move(session.client),
                    .user = std::move(session.user),
                    .idle_seconds = session.idle_seconds,
                    .age_seconds = session.age_seconds,
                    .open_files = session.open_files,
                    .decision = std::string(policy::DecisionName(decision.decision)),
                    .rule = std::string(compiled.NameOf(decision)),
                    .reason = std::string(policy::ReasonName(decision.reason))};
}

void PrintResult(const policy::CompiledPolicy& compiled, const policy::SessionTable& table,
                 const policy::CycleResult& result, const std::string& format, Output& output) {
  DecisionCounts counts;
  Table rows = MakeSessionTable();
  for (size_t server = 0; server < table.server_count(); ++server) {
    const policy::ServerView view = table.server(server);
    for (size_t row = 0; row < view.size(); ++row) {
      const SessionRow session = MakeRow(view.name(), view.session(row), compiled, result.decisions[server][row]);
      if (format == "json") {
        output.out << RowJson(session) << '\n';
        continue;
      }
      counts.Add(session);
      if (format == "table") AddSession(session, rows);
    }
  }
  if (format == "summary") output.out << counts.ByRule(output.terminal);
  if (format == "table") output.out << rows.Render(output.terminal) << "\n" << counts.Summary(output.terminal);
}

}  // namespace

int RunPreview(const PreviewOptions& options, Output& output) {
  std::optional<absl::Time> at;
  if (!options.at.empty()) {
    absl::Time parsed;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, options.at, &parsed, &error)) {
      output.err << "idlewarden: --at " << options.at << " is no time (" << error
                 << "). Write it as in 2026-11-22T10:00:00Z.\n";
      return kUsage;
    }
    at = parsed;
  }
  const std::shared_ptr<const policy::CompiledPolicy> compiled = LoadPolicy(options.policy, output);
  if (compiled == nullptr) return kFailed;
  const absl::StatusOr<std::vector<policy::Snapshot>> snapshots = LoadSnapshots(options.snapshot);
  if (!snapshots.ok()) {
    output.err << "idlewarden: " << snapshots.status().message() << "\n";
    return kFailed;
  }
  policy::MatchHistory history;
  policy::SessionTable table;
  for (const policy::Snapshot& snapshot : *snapshots) {
    table = MakeTable(snapshot);
    if (snapshots->size() > 1) Observe(*compiled, table, snapshot.taken_at, history);
  }
  const policy::CycleInput input{.policy = *compiled,
                                 .table = table,
                                 .at = at.value_or(snapshots->back().taken_at),
                                 .history = snapshots->size() > 1 ? &history : nullptr};
  PrintResult(*compiled, table, policy::RunCycle(input), options.format, output);
  return kDone;
}

}  // namespace idlewarden::tools
