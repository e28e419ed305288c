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

struct PolicyInput {
  std::string error;  // the file could not be read; empty else
  std::vector<policy::Diagnostic> diagnostics;
  std::shared_ptr<const policy::CompiledPolicy> policy;  // null if it is not usable
};
PolicyInput ReadPolicyInput(const std::string& path);

// Null after printing why the policy is not usable. Warnings are printed as well.
std::shared_ptr<const policy::CompiledPolicy> LoadPolicy(const std::string& path, Output& output);

// The file's snapshots, at least one.
absl::StatusOr<std::vector<policy::SnapshotTable>> LoadSnapshots(const std::string& path);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_INPUTS_H_
