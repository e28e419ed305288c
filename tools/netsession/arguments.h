// The command line of netsessiondel: what the sample program of the NetSessionDel documentation takes, and options that
// Linux needs.
//
// Plain values and functions, any thread.

#ifndef IDLEWARDEN_TOOLS_NETSESSION_ARGUMENTS_H_
#define IDLEWARDEN_TOOLS_NETSESSION_ARGUMENTS_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace idlewarden::tools {

struct DeleteArguments {
  std::string server = "localhost";
  std::string client;  // without leading backslashes; empty: all, and then all_clients is set
  std::string user;    // empty: all, and then all_users is set
  bool all_clients = false;
  bool all_users = false;

  std::string credentials_file;
  std::string smb_worker;
  bool verbose = false;  // log lines on standard error
  int port = 445;
  std::string signing;     // off, desired, required; empty: the worker's default
  std::string encryption;  // the same
  double timeout_seconds = 10;
};

// Sets server, client and user from the words of the command line. InvalidArgument, in words for the user, if they are
// ambiguous or name fewer than all of server, client and user without the wildcard's option.
absl::Status AssignNames(const std::vector<std::string>& words, DeleteArguments* arguments);

// Reads the command line (without the program's name). A number is the exit status with which to end at once: 0 after
// --help and --version, 2 for wrong usage; what there is to say has been written.
std::optional<int> ReadArguments(const std::vector<std::string>& command_line, DeleteArguments* arguments,
                                 std::ostream& out, std::ostream& err);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_NETSESSION_ARGUMENTS_H_
