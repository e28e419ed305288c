#include "tools/cli/inputs.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/settings/policy_file.h"

namespace idlewarden::tools {

namespace {

// A text as large as a million sessions takes its memory once, with room for what the reader of snapshots adds.
std::string ReadAll(std::istream& in, size_t expected) {
  std::string text;
  text.reserve(expected + policy::kSpareCapacity);
  std::vector<char> part(1 << 16);
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())), in.gcount() > 0) {
    text.append(part.data(), static_cast<size_t>(in.gcount()));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  if (path == "-") return ReadAll(std::cin, 0);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a directory"));
  }
  std::ifstream file(path, std::ios::binary);
  const uintmax_t size = std::filesystem::file_size(path, error);  // an error: a pipe, or it is not there
  std::string text = ReadAll(file, error ? 0 : size);
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

absl::StatusOr<std::vector<policy::SnapshotTable>> LoadSnapshots(const std::string& path) {
  absl::StatusOr<std::string> text = ReadInput(path);
  if (!text.ok()) {
    return absl::NotFoundError(absl::StrCat("cannot read the snapshot file ", path,
                                            ". `idlewarden record` writes one from an agent or a server."));
  }
  absl::StatusOr<std::vector<policy::SnapshotTable>> snapshots = policy::ReadSnapshotTables(*std::move(text));
  if (!snapshots.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", snapshots.status().message()));
  if (snapshots->empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": there is no snapshot in it"));
  return snapshots;
}

}  // namespace idlewarden::tools
