// The commands by which an operator answers an agent: approving a held plan, exempting sessions, restoring a rule.
//
// Each says by whom: `--by`, by default the login name of the caller.

#ifndef IDLEWARDEN_TOOLS_CLI_OPERATOR_COMMANDS_H_
#define IDLEWARDEN_TOOLS_CLI_OPERATOR_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct OperatorOptions {
  std::string agent;  // the address of its control plane
  bool json = false;
  std::string by;
  std::string reason;
  std::string plan_id;
  std::string rule;
  // Of an exemption.
  std::vector<std::string> users;
  std::vector<std::string> clients;
  std::vector<std::string> servers;
  std::string ticket;
  std::string duration;  // of the policy language: "8h"; one of these two
  std::string until;     // RFC 3339
  uint64_t exemption_id = 0;
};

// Who calls this program: SUDO_USER, else the account's name, else "uid N".
std::string CallerName();

// kFailed if the plan is not the present held one: then nothing was changed.
int RunApprove(const OperatorOptions& options, Output& output);

// kUsage if the time of its end is not understood; kFailed if the agent refuses it.
int RunExemptAdd(const OperatorOptions& options, Output& output);
int RunExemptList(const OperatorOptions& options, Output& output);
// kFailed if there is none of this id.
int RunExemptRemove(const OperatorOptions& options, Output& output);

// kFailed if the rule did not fall back to observe by itself.
int RunRestore(const OperatorOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_OPERATOR_COMMANDS_H_
