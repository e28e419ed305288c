// Policies with errors and warnings, and what must be reported of them. Shared by the test of the errors and, as seeds,
// by the fuzz target of the reader.

#ifndef IDLEWARDEN_POLICY_COMPILER_POLICY_ERROR_CASES_H_
#define IDLEWARDEN_POLICY_COMPILER_POLICY_ERROR_CASES_H_

#include <ostream>
#include <string>
#include <vector>

namespace idlewarden::policy {

struct PolicyErrorCase {
  std::string name;
  std::string yaml;
  std::vector<std::string> expected;  // "LINE:COLUMN code", by place

  friend void PrintTo(const PolicyErrorCase& error, std::ostream* out) { *out << error.name; }
};

std::vector<PolicyErrorCase> PolicyErrorCases();

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_POLICY_ERROR_CASES_H_
