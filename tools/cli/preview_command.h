// `idlewarden preview`: what a policy would do with recorded sessions. Runs the agent's own cycle, without its gate.

#ifndef IDLEWARDEN_TOOLS_CLI_PREVIEW_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_PREVIEW_COMMAND_H_

#include <string>
#include <vector>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct PreviewOptions {
  std::string policy;
  std::vector<std::string> snapshots;  // files in the order of time, or `-` for standard input
  std::string at;                      // RFC 3339; empty: the (last) snapshot's taken_at
  std::string format = "table";        // table | json | summary
};

// Decides the last snapshot of the last file; those before it count for rules with `for`.
int RunPreview(const PreviewOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_PREVIEW_COMMAND_H_
