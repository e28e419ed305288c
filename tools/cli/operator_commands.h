// The commands by which an operator answers an agent: approving a held plan.
//
// Each says by whom: `--by`, by default the login name of the caller.

#ifndef IDLEWARDEN_TOOLS_CLI_OPERATOR_COMMANDS_H_
#define IDLEWARDEN_TOOLS_CLI_OPERATOR_COMMANDS_H_

#include <string>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct OperatorOptions {
  std::string agent;  // the address of its control plane
  bool json = false;
  std::string by;
  std::string reason;
  std::string plan_id;
};

// Who calls this program: SUDO_USER, else the account's name, else "uid N".
std::string CallerName();

// kFailed if the plan is not the present held one: then nothing was changed.
int RunApprove(const OperatorOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_OPERATOR_COMMANDS_H_
