// The command line `idlewarden`: its commands, their options and help, and what wrong usage is answered.

#ifndef IDLEWARDEN_TOOLS_CLI_APP_H_
#define IDLEWARDEN_TOOLS_CLI_APP_H_

#include <string>
#include <vector>

#include "tools/cli/output.h"

namespace idlewarden::tools {

// Runs one command line (without the program's name) and returns its exit status.
int RunApp(const std::vector<std::string>& arguments, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_APP_H_
