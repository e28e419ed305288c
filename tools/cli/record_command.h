// `idlewarden record --address`: one enumeration of one server, through an SMB worker of its own, as a snapshot.

#ifndef IDLEWARDEN_TOOLS_CLI_RECORD_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_RECORD_COMMAND_H_

#include <string>

#include "absl/time/time.h"
#include "tools/cli/output.h"

namespace idlewarden::tools {

struct RecordOptions {
  std::string address;
  int port = 445;
  std::string name;  // of the server in the snapshot; empty: the address
  std::string credentials_file;
  std::string signing;     // off | desired | required; empty: the worker's default
  std::string encryption;  // the same
  std::string smb_worker;  // the worker's program; empty: found beside this one, else in PATH
  absl::Duration timeout = absl::Seconds(10);
  bool verbose = false;  // log lines on standard error
};

// The recorder's own session is left out: it ends with the command.
int RunRecordFromServer(const RecordOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_RECORD_COMMAND_H_
