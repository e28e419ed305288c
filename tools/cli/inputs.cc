#include "tools/cli/inputs.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "agent/settings/policy_file.h"
#include "policy/snapshot/snapshot_reader.h"

namespace idlewarden::tools {

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a directory"));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return text;
}

PolicyInput ReadPolicyInput(const std::string& path) {
  const absl::StatusOr<policy::PolicySource> source = agent::ReadPolicyFile(path);
  if (!source.ok()) return {.error = std::string(source.status().message())};
  policy::CompileResult result = policy::CompilePolicy(*source);
  return {.diagnostics = std::move(result.diagnostics), .policy = std::move(result.policy)};
}

std::shared_ptr<const policy::CompiledPolicy> LoadPolicy(const std::string& path, Output& output) {
  PolicyInput input = ReadPolicyInput(path);
  if (!input.error.empty()) output.err << "idlewarden: " << input.error << "\n";
  for (const policy::Diagnostic& diagnostic : input.diagnostics) {
    output.err << policy::FormatDiagnostic(diagnostic) << "\n";
  }
  return input.policy;
}

absl::StatusOr<std::vector<policy::Snapshot>> LoadSnapshots(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadInput(path);
  if (!text.ok()) {
    return absl::NotFoundError(absl::StrCat("cannot read the snapshot file ", path,
                                            ". `idlewarden record` writes one from an agent or a server."));
  }
  absl::StatusOr<std::vector<policy::Snapshot>> snapshots = policy::ReadSnapshots(*text);
  if (!snapshots.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", snapshots.status().message()));
  if (snapshots->empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": there is no snapshot in it"));
  return snapshots;
}

}  // namespace idlewarden::tools
