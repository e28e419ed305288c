// Finds the program of the SMB worker, for the agent and for the tools that start one.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_FIND_WORKER_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_FIND_WORKER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::agent {

// The program of the SMB worker: `override_path` if given; else beside `own_program` (installed, or in a Bazel output
// tree, where it is agent/smb_worker/idlewarden-smb-worker); else in PATH. `own_program` empty: /proc/self/exe.
// NotFound that lists where was looked.
absl::StatusOr<std::string> FindWorkerBinary(absl::string_view own_program, absl::string_view override_path);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_FIND_WORKER_H_
