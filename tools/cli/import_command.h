// `idlewarden import`: what other tools print of SMB sessions, as a snapshot.

#ifndef IDLEWARDEN_TOOLS_CLI_IMPORT_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_IMPORT_COMMAND_H_

#include <string>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct ImportCommandOptions {
  std::string from;        // get-smbsession | smbstatus | net-session
  std::string file = "-";  // `-` is standard input
  std::string server;      // empty: as the text says
  std::string taken_at;    // RFC 3339; empty: as the text says, else now
};

// The snapshot goes to `out`; what a reader should know of it to `err`.
int RunImport(const ImportCommandOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_IMPORT_COMMAND_H_
