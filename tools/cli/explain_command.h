// `idlewarden explain`: why a policy decides as it does on one session, and why not otherwise.

#ifndef IDLEWARDEN_TOOLS_CLI_EXPLAIN_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_EXPLAIN_COMMAND_H_

#include <string>
#include <vector>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct ExplainOptions {
  std::string policy;
  std::vector<std::string> snapshots;
  std::string at;  // RFC 3339; empty: when the (last) snapshot was taken
  std::string server;
  std::string client;  // spelling and case of client and user do not matter
  std::string user;
};

// Explains each session of the pair; kFailed if there is none.
int RunExplain(const ExplainOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_EXPLAIN_COMMAND_H_
