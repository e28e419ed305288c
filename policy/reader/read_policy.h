// From the text of a policy file to the model: shapes and single values are checked here, what needs several of them
// (lists that include each other, rules without idle, warnings) in the compiler.

#ifndef IDLEWARDEN_POLICY_READER_READ_POLICY_H_
#define IDLEWARDEN_POLICY_READER_READ_POLICY_H_

#include "absl/strings/string_view.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"
#include "policy/reader/read_lists.h"

namespace idlewarden::policy {

// All errors of the file go to `diagnostics`, whose file 0 it is. With errors, the policy holds what could be read.
Policy ReadPolicy(absl::string_view text, const ListFiles& list_files, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_READ_POLICY_H_
