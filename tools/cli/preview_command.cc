#include "tools/cli/preview_command.h"

#include "tools/cli/evaluation.h"
#include "tools/cli/inputs.h"
#include "tools/cli/session_row.h"
#include "tools/cli/time_option.h"

namespace idlewarden::tools {
namespace {

void Print(const Evaluation& evaluation, const std::string& format, Output& output) {
  if (format == "json") {
    RowJsonLines lines(output.out);
    evaluation.ForEachRow([&](const SessionRow& row) { lines.Add(row); });
    return;
  }
  DecisionCounts counts;
  Table rows = MakeSessionTable();
  evaluation.ForEachRow([&](const SessionRow& row) {
    counts.Add(row);
    if (format == "table") AddSession(row, rows);
  });
  if (format == "summary") output.out << counts.ByRule(output.terminal);
  if (format == "table") output.out << rows.Render(output.terminal) << "\n" << counts.Summary(output.terminal);
}

}  // namespace

int RunPreview(const PreviewOptions& options, Output& output) {
  const absl::StatusOr<std::optional<absl::Time>> at = ParseTimeOption(options.at);
  if (!at.ok()) return Fail(at.status().message(), output, kUsage);
  const std::shared_ptr<const policy::CompiledPolicy> compiled = LoadPolicy(options.policy, output);
  if (compiled == nullptr) return kFailed;
  const auto snapshots = LoadSnapshots(options.snapshots, !at->has_value());
  if (!snapshots.ok()) return Fail(snapshots.status().message(), output);
  Print(Evaluate(*compiled, *snapshots, *at), options.format, output);
  return kDone;
}

}  // namespace idlewarden::tools
