// A policy file, and the list files beside it, as the source that the policy compiler takes. File access is here
// because policy/ has none.
//
// Threads: any. The returned source reads list files when it is compiled.

#ifndef IDLEWARDEN_AGENT_SETTINGS_POLICY_FILE_H_
#define IDLEWARDEN_AGENT_SETTINGS_POLICY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "policy/compiler/compile.h"

namespace idlewarden::agent {

// The policy at `path`; list files are read relative to its folder. NotFound, PermissionDenied, InvalidArgument for
// what is no regular file, ResourceExhausted for what is over 16 MiB.
absl::StatusOr<policy::PolicySource> ReadPolicyFile(const std::string& path);

// A policy whose text is at hand (the control plane's preview); list files are read relative to `base_dir`.
policy::PolicySource PolicyFromText(std::string text, const std::string& file_name, const std::string& base_dir);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_POLICY_FILE_H_
