// What the importers share: one server's snapshot, numbers in texts, and telling what a text looks like.
//
// Pure functions.

#ifndef IDLEWARDEN_TOOLS_IMPORT_TEXT_H_
#define IDLEWARDEN_TOOLS_IMPORT_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "policy/model/session.h"
#include "tools/import/import.h"

namespace idlewarden::tools {

// A number in a text, 0 or more; nullopt if it is none.
std::optional<int64_t> ParseCount(absl::string_view text);

// InvalidArgument: the text is not what was asked for, but looks like something else, which the message names with what
// to do. `wanted`: "the JSON of smbstatus"; `command`: how to make it.
absl::Status NotThatFormat(absl::string_view text, absl::string_view wanted, absl::string_view command);

// The snapshot of one server.
policy::Snapshot SnapshotOf(const ImportOptions& options, absl::string_view server_in_text,
                            std::optional<absl::Time> taken_at_in_text, policy::ServerSnapshot server);

// "12 sessions", "1 session".
std::string CountText(size_t count, absl::string_view one);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_IMPORT_TEXT_H_
