#include "agent/settings/credentials_file.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "agent/settings/credentials_reader.h"
#include "agent/settings/file_content.h"
#include "policy/diagnostics/diagnostic.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {
namespace {

constexpr size_t kMaxBytes = 64 << 10;

}  // namespace

absl::StatusOr<Credentials> ReadCredentialsFile(const std::string& path) {
  if (absl::Status usable = CheckSecretFile(path); !usable.ok()) return usable;
  const absl::StatusOr<std::string> text = ReadWholeFile(path, kMaxBytes);
  if (!text.ok()) return text.status();
  policy::DiagnosticList diagnostics(path);
  const policy::YamlTree tree(*text, 0, diagnostics);
  Credentials credentials;
  if (tree.root() != nullptr) {
    credentials = ReadCredentials(*tree.root(), "the credentials file", FolderOf(path), true, diagnostics);
  }
  const std::vector<policy::Diagnostic> found = diagnostics.Take();
  if (!policy::HasErrors(found)) return credentials;
  return absl::InvalidArgumentError(
      absl::StrJoin(found, "; ", [](std::string* out, const policy::Diagnostic& diagnostic) {
        out->append(policy::FormatDiagnostic(diagnostic));
      }));
}

}  // namespace idlewarden::agent
