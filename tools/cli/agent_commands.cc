#include "tools/cli/agent_commands.h"

#include "absl/strings/str_cat.h"
#include "policy/model/escape_for_display.h"
#include "tools/cli/control_client.h"
#include "tools/cli/proto_json.h"
#include "tools/cli/session_row.h"
#include "tools/cli/status_view.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;

int Failed(const absl::Status& status, Output& output) { return Fail(status.message(), output); }

int PrintStatus(const absl::StatusOr<pb::Status>& status, const AgentOptions& options, Output& output) {
  if (!status.ok()) return Failed(status.status(), output);
  if (options.json) {
    output.out << MessageJson(*status) << "\n";
  } else {
    output.out << StatusText(*status, output.terminal);
  }
  return kDone;
}

SessionRow MakeRow(const pb::Session& session) {
  SessionRow row{.server = session.server(),
                 .client = session.client(),
                 .user = session.user(),
                 .idle_seconds = std::nullopt,
                 .age_seconds = std::nullopt,
                 .open_files = std::nullopt,
                 .decision = session.decision(),
                 .rule = session.rule(),
                 .reason = session.reason()};
  if (session.has_idle_seconds()) row.idle_seconds = session.idle_seconds();
  row.idle_at_least = session.idle_at_least();
  if (session.has_age_seconds()) row.age_seconds = session.age_seconds();
  if (session.has_open_files()) row.open_files = session.open_files();
  return row;
}

// Collects the sessions of a stream, and prints them at its end; JSON at once.
class SessionPrinter {
 public:
  SessionPrinter(bool json, Output& output) : json_(json), output_(output), table_(MakeSessionTable()) {}

  void Add(const pb::Session& session) {
    if (json_) {
      output_.out << MessageJson(session) << "\n";
      return;
    }
    const SessionRow row = MakeRow(session);
    AddSession(row, table_);
    counts_.Add(row);
  }

  int Finish(const absl::Status& status) {
    if (!status.ok()) return Failed(status, output_);
    if (json_) return kDone;
    if (table_.row_count() > 0) output_.out << table_.Render(output_.terminal) << "\n";
    output_.out << counts_.Summary(output_.terminal);
    return kDone;
  }

 private:
  bool json_;
  Output& output_;
  Table table_;
  DecisionCounts counts_;
};

void PrintReload(const pb::ReloadPolicyResponse& response, const std::string& agent, Output& output) {
  for (const pb::Diagnostic& diagnostic : response.diagnostics()) {
    output.out << policy::EscapeForDisplay(absl::StrCat(diagnostic.file(), ":", diagnostic.line(), ":",
                                                        diagnostic.column(), ": ", diagnostic.severity(), " [",
                                                        diagnostic.code(), "] ", diagnostic.message()))
               << "\n";
  }
  if (response.reloaded()) {
    output.out << policy::EscapeForDisplay(absl::StrCat("Policy in force: ", response.policy().file(), ", ",
                                                        response.policy().rules(), " rules, hash ",
                                                        response.policy().hash()))
               << "\n";
    return;
  }
  const std::string why =
      response.diagnostics().empty() ? absl::StrCat(": ", response.policy().last_reload_error()) : "";
  Fail(absl::StrCat("the policy file was not taken; the agent at ", agent, " goes on with the last good policy (hash ",
                    response.policy().hash(), ")", why, "."),
       output);
}

}  // namespace

int RunStatus(const AgentOptions& options, Output& output) {
  return PrintStatus(ControlClient(options.agent).GetStatus(), options, output);
}

int RunSessions(const AgentOptions& options, Output& output) {
  SessionPrinter printer(options.json, output);
  ControlClient client(options.agent);
  return printer.Finish(
      client.ListSessions(options.server, [&printer](const pb::Session& session) { printer.Add(session); }));
}

int RunDecisions(const AgentOptions& options, Output& output) {
  SessionPrinter printer(options.json, output);
  ControlClient client(options.agent);
  return printer.Finish(
      client.ListDecisions(options.all, [&printer](const pb::Session& session) { printer.Add(session); }));
}

int RunReload(const AgentOptions& options, Output& output) {
  const absl::StatusOr<pb::ReloadPolicyResponse> response = ControlClient(options.agent).ReloadPolicy(options.by);
  if (!response.ok()) return Failed(response.status(), output);
  if (options.json) {
    output.out << MessageJson(*response) << "\n";
  } else {
    PrintReload(*response, options.agent, output);
  }
  return response->reloaded() ? kDone : kFailed;
}

int RunPause(const AgentOptions& options, Output& output) {
  return PrintStatus(ControlClient(options.agent).Pause(options.reason, options.by), options, output);
}

int RunResume(const AgentOptions& options, Output& output) {
  return PrintStatus(ControlClient(options.agent).Resume(options.by), options, output);
}

int RunRecordFromAgent(const AgentOptions& options, Output& output) {
  std::string text;
  const absl::Status status =
      ControlClient(options.agent).RecordSnapshot([&text](const std::string& piece) { text += piece; });
  // A part of a snapshot would look like a small server: it is printed whole or not at all.
  if (!status.ok()) return Failed(status, output);
  if (text.empty() || text.back() != '\n') text += '\n';
  output.out << text;
  return kDone;
}

}  // namespace idlewarden::tools
