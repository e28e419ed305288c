// Turns what an administrator can print of SMB sessions without any new program into a snapshot: the first preview of a
// policy needs nobody's password.
//
// What a text does not say stays unknown; nothing is guessed, as a preview on guesses would be believed. Pure
// functions: text in, snapshot out. Errors say what the text looks like and what to run instead.

#ifndef IDLEWARDEN_TOOLS_IMPORT_IMPORT_H_
#define IDLEWARDEN_TOOLS_IMPORT_IMPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/model/session.h"

namespace idlewarden::tools {

struct ImportOptions {
  std::string server;                  // its name in the snapshot; empty: as the text says, else kUnnamedServer
  std::optional<absl::Time> taken_at;  // nullopt: as the text says, else `now`
  absl::Time now;
};

inline constexpr char kUnnamedServer[] = "imported";

struct Imported {
  policy::Snapshot snapshot;
  // What a reader should know of it: what is unknown, and why. Sentences without a full stop.
  std::vector<std::string> notes;
};

// Windows: `Get-SmbSession | ConvertTo-Json`, also of a single session, or `Get-SmbSession | Export-Csv FILE`.
absl::StatusOr<Imported> ImportGetSmbSession(absl::string_view text, const ImportOptions& options);

// Samba 4.17 or later: `smbstatus --json`. Samba knows no idle times.
absl::StatusOr<Imported> ImportSmbstatus(absl::string_view text, const ImportOptions& options);

// Windows in English: `net session`, or `net session /list`, which does not cut long names.
absl::StatusOr<Imported> ImportNetSession(absl::string_view text, const ImportOptions& options);

// The text as UTF-8 without a byte order mark: Windows PowerShell's `>` writes UTF-16. InvalidArgument if it is
// neither.
absl::StatusOr<std::string> DecodeText(absl::string_view bytes);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_IMPORT_IMPORT_H_
