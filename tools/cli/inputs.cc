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

absl::StatusOr<std::vector<policy::SnapshotTable>> LoadFile(const std::string& path) {
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

std::string TimeText(absl::Time time) { return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()); }

absl::Status CheckTimes(const std::vector<policy::SnapshotTable>& snapshots, const std::vector<std::string>& names) {
  for (size_t i = 0; i < snapshots.size(); ++i) {
    const absl::Time time = snapshots[i].taken_at;
    if (time == absl::InfinitePast()) {
      const char* const hint = snapshots.size() == 1 ? "; say with --at for which moment to decide" : "";
      return absl::InvalidArgumentError(
          absl::StrCat(names[i], ": there is no `taken_at`, so its time is unknown", hint));
    }
    if (i > 0 && time <= snapshots[i - 1].taken_at) {
      return absl::InvalidArgumentError(absl::StrCat(names[i], ": taken at ", TimeText(time), ", which is not after ",
                                                     TimeText(snapshots[i - 1].taken_at), " of ", names[i - 1],
                                                     "; give snapshots in the order of time"));
    }
  }
  return absl::OkStatus();
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

policy::CompileResult ReadPolicyInput(const std::string& path) {
  const absl::StatusOr<policy::PolicySource> source = agent::ReadPolicyFile(path);
  return source.ok() ? policy::CompilePolicy(*source) : policy::UnreadablePolicy(path, source.status());
}

std::shared_ptr<const policy::CompiledPolicy> LoadPolicy(const std::string& path, Output& output) {
  const policy::CompileResult input = ReadPolicyInput(path);
  for (const policy::Diagnostic& diagnostic : input.diagnostics) {
    output.err << policy::FormatDiagnostic(diagnostic) << "\n";
  }
  return input.policy;
}

absl::StatusOr<std::vector<policy::SnapshotTable>> LoadSnapshots(const std::vector<std::string>& paths,
                                                                 bool needs_time) {
  std::vector<policy::SnapshotTable> all;
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    absl::StatusOr<std::vector<policy::SnapshotTable>> some = LoadFile(path);
    if (!some.ok()) return some.status();
    for (size_t i = 0; i < some->size(); ++i) {
      names.push_back(some->size() == 1 ? path : absl::StrCat(path, ", snapshot ", i + 1));
      all.push_back(std::move((*some)[i]));
    }
  }
  if (all.size() > 1 || needs_time) {
    if (absl::Status status = CheckTimes(all, names); !status.ok()) return status;
  }
  return all;
}

}  // namespace idlewarden::tools
