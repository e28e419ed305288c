#include "tools/cli/operator_commands.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "tools/cli/control_client.h"
#include "tools/cli/proto_json.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;

int Failed(const absl::Status& status, Output& output) {
  output.err << "idlewarden: " << status.message() << "\n";
  return kFailed;
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
    output.out << "But nothing is closed while this holds: " << hold.cause()
               << (hold.reason().empty() ? "" : absl::StrCat(" (", hold.reason(), ")")) << "\n";
  }
  return kDone;
}

}  // namespace idlewarden::tools
