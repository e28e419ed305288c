// From the text of a policy file to a policy that can be evaluated, or to the list of what is wrong with it.
//
// File access stays outside: the caller gives the text and a function that reads list files. Pure, may run on any
// thread; a CompiledPolicy is immutable and may be shared between threads.

#ifndef IDLEWARDEN_POLICY_COMPILER_COMPILE_H_
#define IDLEWARDEN_POLICY_COMPILER_COMPILE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::policy {

struct PolicySource {
  std::string file_name;  // as diagnostics name it
  std::string text;
  // Reads a list file; `path` is as the policy wrote it, relative to the policy file. Unset: list files are an error.
  std::function<absl::StatusOr<std::string>(const std::string& path)> read_list_file;
  // The folder that list files are read from, so that diagnostics name them as they were found. Empty: as written.
  std::string list_folder;
};

struct CompileOptions {
  // The loading agent's shortest polling interval: an idle limit below twice that is warned about. Unset: no warning.
  std::optional<absl::Duration> shortest_polling;
};

struct CompileResult {
  std::shared_ptr<const CompiledPolicy> policy;  // null exactly if there are errors
  std::vector<Diagnostic> diagnostics;           // all errors and warnings, by place
};

CompileResult CompilePolicy(const PolicySource& source, const CompileOptions& options = {});

// What comes of a policy file that cannot be read: no policy, and a diagnostic that says why.
CompileResult UnreadablePolicy(const std::string& file_name, const absl::Status& why);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_COMPILE_H_
