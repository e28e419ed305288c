#include "tools/cli/explain_command.h"

#include "absl/strings/str_cat.h"
#include "policy/evaluator/explain.h"
#include "policy/model/client_name.h"
#include "tools/cli/evaluation.h"
#include "tools/cli/inputs.h"
#include "tools/cli/time_option.h"

namespace idlewarden::tools {
namespace {

// The whole decision: what other sessions of the scope and the limits make of what the session alone would get.
std::string DecisionLine(const policy::CompiledPolicy& policy, const policy::SessionDecision& decision) {
  const absl::string_view rule = policy.NameOf(decision);
  return absl::StrCat("decision: ", policy::DecisionName(decision.decision), rule.empty() ? "" : " by ", rule, " (",
                      policy::ReasonName(decision.reason), ")\n");
}

// Returns how many sessions there were.
size_t Print(const Evaluation& evaluation, size_t server, const ExplainOptions& options, Output& output) {
  const policy::ServerView view = evaluation.table.server(server);
  size_t found = 0;
  for (size_t row = 0; row < view.size(); ++row) {
    const policy::Session session = view.session(row);
    if (!policy::SameClient(session.client, options.client) || !policy::SameUser(session.user, options.user)) continue;
    if (found++ > 0) output.out << "\n";
    output.out << policy::FormatExplanation(policy::Explain(evaluation.policy, view, row, evaluation.at))
               << DecisionLine(evaluation.policy, evaluation.decisions[server][row]);
    if (const std::string why = evaluation.ExplainSuppression(server, row); !why.empty()) {
      output.out << "because " << EscapeForDisplay(why) << "\n";
    }
  }
  return found;
}

}  // namespace

int RunExplain(const ExplainOptions& options, Output& output) {
  const absl::StatusOr<std::optional<absl::Time>> at = ParseTimeOption(options.at);
  if (!at.ok()) return Fail(at.status().message(), output, kUsage);
  const auto compiled = LoadPolicy(options.policy, output);
  if (compiled == nullptr) return kFailed;
  const auto snapshots = LoadSnapshots(options.snapshots, !at->has_value());
  if (!snapshots.ok()) return Fail(snapshots.status().message(), output);
  const Evaluation evaluation = Evaluate(*compiled, *snapshots, *at);
  const std::optional<size_t> server = evaluation.table.FindServer(options.server);
  if (!server) return Fail("the snapshot has no server " + options.server, output);
  if (Print(evaluation, *server, options, output) > 0) return kDone;
  return Fail("there is no session of " + options.user + " from " + options.client + " on " + options.server, output);
}

}  // namespace idlewarden::tools
