// The files that commands read: policies and snapshots, with errors that say what to do.

#ifndef IDLEWARDEN_TOOLS_CLI_INPUTS_H_
#define IDLEWARDEN_TOOLS_CLI_INPUTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/compiler/compile.h"
#include "policy/snapshot/snapshot_reader.h"
#include "tools/cli/output.h"

namespace idlewarden::tools {

// The whole file, or standard input for "-".
absl::StatusOr<std::string> ReadInput(const std::string& path);

// The policy at `path`, or what is wrong with it: that it cannot be read is a diagnostic as well.
policy::CompileResult ReadPolicyInput(const std::string& path);

// Null after printing why the policy is not usable. Warnings are printed as well.
std::shared_ptr<const policy::CompiledPolicy> LoadPolicy(const std::string& path, Output& output);

// The snapshots of all files, one after the other; at least one a file. Several must go forward in time; a single one
// needs a time only if `needs_time`. Messages name the file.
absl::StatusOr<std::vector<policy::SnapshotTable>> LoadSnapshots(const std::vector<std::string>& paths,
                                                                 bool needs_time);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_INPUTS_H_
