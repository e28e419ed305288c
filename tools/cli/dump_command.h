// `idlewarden dump`: a policy as the compiler understood it.

#ifndef IDLEWARDEN_TOOLS_CLI_DUMP_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_DUMP_COMMAND_H_

#include <string>

#include "tools/cli/output.h"

namespace idlewarden::tools {

// Prints the canonical form: lists resolved, defaults written out, YAML that compiles to the same policy.
int RunDump(const std::string& policy, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_DUMP_COMMAND_H_
