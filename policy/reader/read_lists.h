// Reads `lists`: named lists of entries, written in the policy or in files of their own.

#ifndef IDLEWARDEN_POLICY_READER_READ_LISTS_H_
#define IDLEWARDEN_POLICY_READER_READ_LISTS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {

// Where list files come from.
struct ListFiles {
  // The text of the file at `path`, which is as the policy writes it. Unset: list files are an error.
  std::function<absl::StatusOr<std::string>(const std::string& path)> read;
  // What relative paths are relative to, for diagnostics.
  std::string folder;
};

std::vector<NamedList> ReadLists(const YamlNode& node, const ListFiles& files, DiagnosticList& diagnostics);

// The entries of a list file, whose lines end with "\n": one a line; blanks around them do not count; `#` starts a
// comment. Warns where it stands right behind an entry, of which it may have been meant to be a part.
EntryList ParseListFile(absl::string_view text, uint32_t file, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_READ_LISTS_H_
