// `idlewarden test`: do the policies decide as their tests say?

#ifndef IDLEWARDEN_TOOLS_CLI_TEST_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_TEST_COMMAND_H_

#include <string>
#include <vector>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct TestOptions {
  std::vector<std::string> files;
  std::string format = "text";  // text | junit
};

// Runs all tests of all files, also after a failure. kFailed if one fails, or a file or its policy is not usable, or
// there is no test.
int RunTest(const TestOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_TEST_COMMAND_H_
