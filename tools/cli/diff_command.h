// `idlewarden diff`: what changes for whom if one policy is replaced by another.

#ifndef IDLEWARDEN_TOOLS_CLI_DIFF_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_DIFF_COMMAND_H_

#include <string>
#include <vector>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct DiffOptions {
  std::string old_policy;
  std::string new_policy;
  std::vector<std::string> snapshots;
  std::string at;                // RFC 3339; empty: when the (last) snapshot was taken
  std::string format = "table";  // table | json
};

// The sessions that only one of the two policies wants to end (close, would-close, held or pending), and those that
// both want to end, but by another rule or with another decision. kDone also if there is no difference.
int RunDiff(const DiffOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_DIFF_COMMAND_H_
