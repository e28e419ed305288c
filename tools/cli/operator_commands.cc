#include "tools/cli/operator_commands.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "agent/clock/real_clock.h"
#include "policy/model/duration.h"
#include "policy/model/escape_for_display.h"
#include "tools/cli/control_client.h"
#include "tools/cli/proto_json.h"
#include "tools/cli/table.h"
#include "tools/cli/time_option.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;

int Failed(const absl::Status& status, Output& output) { return Fail(status.message(), output); }

std::string ListText(absl::string_view what, const google::protobuf::RepeatedPtrField<std::string>& entries) {
  return entries.empty() ? "" : absl::StrCat(what, " ", absl::StrJoin(entries, ", "));
}

std::string ScopeText(const pb::Exemption& exemption) {
  std::vector<std::string> parts;
  for (std::string part : {ListText("users", exemption.users()), ListText("clients", exemption.clients()),
                           ListText("servers", exemption.servers())}) {
    if (!part.empty()) parts.push_back(std::move(part));
  }
  return absl::StrJoin(parts, "; ");
}

std::string Moment(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
}

// When the exemption is to end.
absl::StatusOr<absl::Time> EndOf(const OperatorOptions& options) {
  if (options.duration.empty() == options.until.empty()) {
    return absl::InvalidArgumentError("say how long with --for 8h, or until when with --until RFC3339");
  }
  if (!options.duration.empty()) {
    const absl::StatusOr<absl::Duration> length = policy::ParseDuration(options.duration);
    if (length.ok()) return agent::RealClock().Now() + *length;
    return absl::InvalidArgumentError(absl::StrCat("--for takes a duration such as 8h or 7d, not ", options.duration));
  }
  const absl::StatusOr<std::optional<absl::Time>> until = ParseTimeOption(options.until);
  if (!until.ok()) return until.status();
  return until->value();
}

int PrintExemption(const absl::StatusOr<pb::Exemption>& exemption, absl::string_view done,
                   const OperatorOptions& options, Output& output) {
  if (!exemption.ok()) return Failed(exemption.status(), output);
  if (options.json) {
    output.out << MessageJson(*exemption) << "\n";
  } else {
    output.out << absl::StrCat(done, " ", exemption->id(), ": ", EscapeForDisplay(ScopeText(*exemption)), ", until ",
                               Moment(exemption->expires_at()))
               << "\n";
  }
  return kDone;
}

}  // namespace

std::string CallerName() {
  const char* sudo_user = std::getenv("SUDO_USER");
  if (sudo_user != nullptr && *sudo_user != '\0') return sudo_user;
  const passwd* account = getpwuid(getuid());
  return account == nullptr ? absl::StrCat("uid ", getuid()) : account->pw_name;
}

int RunApprove(const OperatorOptions& options, Output& output) {
  pb::ApprovePlanRequest request;
  request.set_plan_id(options.plan_id);
  request.set_by(options.by);
  request.set_reason(options.reason);
  const absl::StatusOr<pb::Status> status = ControlClient(options.agent).ApprovePlan(request);
  if (!status.ok()) return Failed(status.status(), output);
  if (options.json) {
    output.out << MessageJson(*status) << "\n";
    return kDone;
  }
  output.out << absl::StrCat("Approved: plan ", options.plan_id, ". ", status->approved_pairs(),
                             status->approved_pairs() == 1 ? " pair is" : " pairs are",
                             " now closed at the agent's rate, each looked at once more before.")
             << "\n";
  for (const pb::Hold& hold : status->holds()) {
    output.out << "But nothing is closed while this holds: " << policy::EscapeForDisplay(hold.cause())
               << (hold.reason().empty() ? "" : absl::StrCat(" (", policy::EscapeForDisplay(hold.reason()), ")"))
               << "\n";
  }
  return kDone;
}

int RunExemptAdd(const OperatorOptions& options, Output& output) {
  const absl::StatusOr<absl::Time> end = EndOf(options);
  if (!end.ok()) return Fail(end.status().message(), output, kUsage);
  pb::AddExemptionRequest request;
  pb::Exemption& exemption = *request.mutable_exemption();
  for (const std::string& entry : options.users) exemption.add_users(entry);
  for (const std::string& entry : options.clients) exemption.add_clients(entry);
  for (const std::string& entry : options.servers) exemption.add_servers(entry);
  exemption.set_by(options.by);
  exemption.set_reason(options.reason);
  exemption.set_ticket(options.ticket);
  exemption.mutable_expires_at()->set_seconds(absl::ToUnixSeconds(*end));
  return PrintExemption(ControlClient(options.agent).AddExemption(request), "Exemption", options, output);
}

int RunExemptList(const OperatorOptions& options, Output& output) {
  const absl::StatusOr<pb::ListExemptionsResponse> list = ControlClient(options.agent).ListExemptions();
  if (!list.ok()) return Failed(list.status(), output);
  Table table({{"ID", true},
               {"COVERS", false, true},
               {"UNTIL"},
               {"BY", false, true},
               {"TICKET", false, true},
               {"REASON", false, true}});
  for (const pb::Exemption& exemption : list->exemptions()) {
    if (options.json) {
      output.out << MessageJson(exemption) << "\n";
    } else {
      table.AddRow({Cell(absl::StrCat(exemption.id())), Cell(ScopeText(exemption)),
                    Cell(Moment(exemption.expires_at())), Cell(exemption.by()), Cell(exemption.ticket()),
                    Cell(exemption.reason())});
    }
  }
  if (options.json) return kDone;
  output.out << (table.row_count() > 0 ? table.Render(output.terminal) : "There is no exemption.\n");
  return kDone;
}

int RunExemptRemove(const OperatorOptions& options, Output& output) {
  pb::RemoveExemptionRequest request;
  request.set_id(options.exemption_id);
  request.set_by(options.by);
  request.set_reason(options.reason);
  return PrintExemption(ControlClient(options.agent).RemoveExemption(request), "Removed exemption", options, output);
}

int RunRestore(const OperatorOptions& options, Output& output) {
  pb::RestoreRuleRequest request;
  request.set_rule(options.rule);
  request.set_by(options.by);
  request.set_reason(options.reason);
  const absl::StatusOr<pb::Status> status = ControlClient(options.agent).RestoreRule(request);
  if (!status.ok()) return Failed(status.status(), output);
  output.out << (options.json ? MessageJson(*status) : absl::StrCat("Rule ", options.rule, " enforces again.")) << "\n";
  return kDone;
}

}  // namespace idlewarden::tools
