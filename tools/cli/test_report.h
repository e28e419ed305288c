// The results of policy tests, as text for people and as JUnit's XML for CI systems.

#ifndef IDLEWARDEN_TOOLS_CLI_TEST_REPORT_H_
#define IDLEWARDEN_TOOLS_CLI_TEST_REPORT_H_

#include <string>
#include <vector>

#include "policy/scenario/scenario_runner.h"
#include "tools/cli/output.h"

namespace idlewarden::tools {

// What became of one test file.
struct FileResult {
  std::string file;
  std::vector<std::string> errors;  // why it could not be run; no results then
  std::vector<policy::ScenarioResult> results;
};

struct TestCounts {
  size_t passed = 0;
  size_t failed = 0;  // a file that could not be run counts as one
};
TestCounts Count(const std::vector<FileResult>& files);

// Failures with what was expected and what came, then "12 passed, 1 failed".
void PrintText(const std::vector<FileResult>& files, Output& output);

// One testsuite a file, one testcase a test.
std::string JunitXml(const std::vector<FileResult>& files);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_TEST_REPORT_H_
