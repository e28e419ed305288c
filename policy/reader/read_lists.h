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

using ReadListFile = std::function<absl::StatusOr<std::string>(const std::string& path)>;

std::vector<NamedList> ReadLists(const YamlNode& node, const ReadListFile& read_list_file, DiagnosticList& diagnostics);

// The entries of a list file: one a line; blanks around them do not count; `#` at the start of a line or after a blank
// starts a comment.
EntryList ParseListFile(absl::string_view text, uint32_t file);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_READ_LISTS_H_
