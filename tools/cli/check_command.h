// `idlewarden check`: is a policy file usable, and what is to be said about it?

#ifndef IDLEWARDEN_TOOLS_CLI_CHECK_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_CHECK_COMMAND_H_

#include <string>
#include <vector>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct CheckOptions {
  std::vector<std::string> policies;
  bool strict = false;  // warnings make the file unusable as well
  bool json = false;
};

// Prints the findings to `out`; kFailed if a file is not usable.
int RunCheck(const CheckOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_CHECK_COMMAND_H_
