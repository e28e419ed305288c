// Where a command writes: data to `out`, everything else to `err`, with what is known of the terminal behind `out`.
//
// Commands get it as an argument and return their exit status, so that tests run them in the test's process.

#ifndef IDLEWARDEN_TOOLS_CLI_OUTPUT_H_
#define IDLEWARDEN_TOOLS_CLI_OUTPUT_H_

#include <ostream>

#include "absl/strings/string_view.h"
#include "policy/model/escape_for_display.h"
#include "tools/cli/terminal.h"

namespace idlewarden::tools {

using policy::EscapeForDisplay;

struct Output {
  std::ostream& out;
  std::ostream& err;
  Terminal terminal;  // of `out`
};

// Exit statuses of every command.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  // the input is not usable, or the agent or server did not do it
inline constexpr int kUsage = 2;

// Prints "idlewarden: MESSAGE" to `err`, on one line and in printable form: messages quote files and servers. Returns
// `status`.
inline int Fail(absl::string_view message, Output& output, int status = kFailed) {
  output.err << "idlewarden: " << EscapeForDisplay(message) << "\n";
  return status;
}

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_OUTPUT_H_
