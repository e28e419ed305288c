#include "tools/cli/import_command.h"

#include "absl/strings/str_cat.h"
#include "agent/clock/real_clock.h"
#include "policy/snapshot/snapshot_writer.h"
#include "tools/cli/inputs.h"
#include "tools/cli/time_option.h"
#include "tools/import/import.h"
#include "tools/import/text.h"

namespace idlewarden::tools {
namespace {

// Many times what a server with 100,000 sessions prints.
constexpr size_t kLargestInput = 256 << 20;

absl::StatusOr<Imported> Import(const ImportCommandOptions& options, absl::string_view text,
                                const ImportOptions& import) {
  if (options.from == "smbstatus") return ImportSmbstatus(text, import);
  if (options.from == "net-session") return ImportNetSession(text, import);
  return ImportGetSmbSession(text, import);
}

}  // namespace

int RunImport(const ImportCommandOptions& options, Output& output) {
  const absl::StatusOr<std::optional<absl::Time>> taken_at = ParseTimeOption(options.taken_at);
  if (!taken_at.ok()) return Fail(absl::StrCat("--taken-at: ", taken_at.status().message()), output, kUsage);
  const absl::StatusOr<std::string> bytes = ReadInput(options.file);
  if (!bytes.ok()) return Fail(bytes.status().message(), output);
  const std::string where = options.file == "-" ? "standard input" : options.file;
  if (bytes->size() > kLargestInput) return Fail(absl::StrCat(where, ": larger than 256 MB"), output);
  const absl::StatusOr<std::string> text = DecodeText(*bytes);
  if (!text.ok()) return Fail(absl::StrCat(where, ": ", text.status().message()), output);
  const absl::StatusOr<Imported> imported =
      Import(options, *text, {.server = options.server, .taken_at = *taken_at, .now = agent::RealClock().Now()});
  if (!imported.ok()) return Fail(absl::StrCat(where, ": ", imported.status().message()), output);
  output.out << policy::WriteSnapshot(imported->snapshot) << "\n";
  size_t sessions = 0;
  for (const policy::ServerSnapshot& server : imported->snapshot.servers) sessions += server.sessions.size();
  output.err << CountText(sessions, "session") << " of " << CountText(imported->snapshot.servers.size(), "server")
             << "\n";
  for (const std::string& note : imported->notes) output.err << "note: " << EscapeForDisplay(note) << "\n";
  return kDone;
}

}  // namespace idlewarden::tools
