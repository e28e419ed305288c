// What `net session` prints in English: a table, whose columns cut long names, or with /list a block for each session.

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/import/import.h"
#include "tools/import/text.h"

namespace idlewarden::tools {
namespace {

constexpr char kWanted[] = "what net session prints in English";
constexpr char kCommand[] = "net session /list (or, in any language, Get-SmbSession | ConvertTo-Json)";
constexpr char kNobody[] = "There are no entries in the list.";
constexpr char kDone[] = "The command completed successfully.";

std::string Stripped(absl::string_view text) { return std::string(absl::StripAsciiWhitespace(text)); }

// "00:01:23", "12D 03:04:05": seconds.
std::optional<int64_t> ParseClock(absl::string_view text) {
  int64_t days = 0;
  const size_t day = text.find_first_of("Dd");
  if (day != absl::string_view::npos) {
    if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(text.substr(0, day)), &days)) return std::nullopt;
    text = text.substr(day + 1);
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(absl::StripAsciiWhitespace(text), ':');
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  const bool is_clock = parts.size() == 3 && absl::SimpleAtoi(parts[0], &hours) &&
                        absl::SimpleAtoi(parts[1], &minutes) && absl::SimpleAtoi(parts[2], &seconds);
  if (!is_clock || days < 0 || hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) {
    return std::nullopt;
  }
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

// Where the table's columns begin, by its header.
struct Columns {
  size_t user;
  size_t type;
  size_t opens;
};

std::optional<Columns> ColumnsOf(absl::string_view line) {
  const size_t user = line.find("User name");
  const size_t type =
      line.find("Client Type") != absl::string_view::npos ? line.find("Client Type") : line.find("Client type");
  const size_t opens = line.find("Opens");
  const bool header = absl::StartsWith(line, "Computer") && user != absl::string_view::npos &&
                      type != absl::string_view::npos && opens != absl::string_view::npos &&
                      absl::StrContains(line, "Idle time");
  if (!header || !(user < type && type < opens)) return std::nullopt;
  return Columns{user, type, opens};
}

class TableReader {
 public:
  explicit TableReader(Columns columns) : columns_(columns) {}

  // False if the line is no row.
  bool Read(absl::string_view line) {
    if (line.size() <= columns_.opens) return false;
    const std::vector<std::string> last =
        absl::StrSplit(absl::StripAsciiWhitespace(line.substr(columns_.opens)), absl::MaxSplits(' ', 1));
    const std::optional<int64_t> opens = ParseCount(last[0]);
    const std::optional<int64_t> idle = last.size() == 2 ? ParseClock(last[1]) : std::nullopt;
    if (!opens.has_value() || !idle.has_value()) return false;
    policy::Session session;
    session.client_absent = !Cell(line, 0, columns_.user, session.client);
    session.user_absent = !Cell(line, columns_.user, columns_.type, session.user);
    session.open_files = opens;
    session.idle_seconds = idle;
    sessions_.push_back(std::move(session));
    return true;
  }

  std::vector<policy::Session> TakeSessions() { return std::move(sessions_); }
  size_t cut() const { return cut_; }

 private:
  // A name that fills its column may have been cut, and half a name is somebody else's: false then.
  bool Cell(absl::string_view line, size_t begin, size_t end, std::string& cell) {
    const absl::string_view text = line.substr(begin, end - begin);
    cell = Stripped(text);
    if (text.empty() || absl::ascii_isspace(text.back())) return true;
    cell.clear();
    ++cut_;
    return false;
  }

  const Columns columns_;
  std::vector<policy::Session> sessions_;
  size_t cut_ = 0;
};

absl::StatusOr<Imported> ReadTable(const std::vector<absl::string_view>& lines, size_t header, Columns columns,
                                   const ImportOptions& options) {
  TableReader reader(columns);
  for (size_t i = header + 1; i < lines.size(); ++i) {
    const std::string line = Stripped(lines[i]);
    if (line.empty() || absl::StartsWith(line, "---") || line == kNobody || line == kDone) continue;
    if (!reader.Read(lines[i])) {
      return absl::InvalidArgumentError(absl::StrCat("line ", i + 1, " is no row of net session's table: ", line,
                                                     "; net session /list is read more safely"));
    }
  }
  policy::ServerSnapshot server;
  server.sessions = reader.TakeSessions();
  Imported imported{.snapshot = SnapshotOf(options, "", std::nullopt, std::move(server)), .notes = {}};
  imported.notes.push_back("ages are unknown: the table does not show them");
  if (reader.cut() > 0) {
    imported.notes.push_back(absl::StrCat(
        reader.cut(), " of the names fill their column, may be cut and count as unknown: use net session /list"));
  }
  return imported;
}

// One session of /list: "User name       alice", …, then a table of shares with the opens of each.
class ListReader {
 public:
  void Read(absl::string_view line) {
    if (Starts(line, "User name")) {
      sessions_.emplace_back();
      sessions_.back().user = Value(line);
      in_shares_ = false;
    } else if (sessions_.empty()) {
      return;
    } else if (Starts(line, "Computer")) {
      sessions_.back().client = Value(line);
    } else if (Starts(line, "Guest logon")) {
      sessions_.back().guest = absl::EqualsIgnoreCase(Value(line), "yes");
    } else if (Starts(line, "Sess time")) {
      sessions_.back().age_seconds = ParseClock(Value(line));
    } else if (Starts(line, "Idle time")) {
      sessions_.back().idle_seconds = ParseClock(Value(line));
    } else if (absl::StrContains(line, "# Opens")) {
      in_shares_ = true;
      sessions_.back().open_files = 0;
    } else if (in_shares_) {
      ReadShare(line);
    }
  }

  std::vector<policy::Session> TakeSessions() { return std::move(sessions_); }

 private:
  static constexpr size_t kValueColumn = 16;

  static bool Starts(absl::string_view line, absl::string_view key) {
    return absl::StartsWith(line, key) && line.size() > key.size() && absl::ascii_isspace(line[key.size()]);
  }
  static std::string Value(absl::string_view line) {
    return line.size() <= kValueColumn ? "" : Stripped(line.substr(kValueColumn));
  }

  void ReadShare(absl::string_view line) {
    const std::vector<std::string> words = absl::StrSplit(Stripped(line), ' ', absl::SkipEmpty());
    const std::optional<int64_t> opens = words.empty() ? std::nullopt : ParseCount(words.back());
    if (opens.has_value()) sessions_.back().open_files = *sessions_.back().open_files + *opens;
  }

  std::vector<policy::Session> sessions_;
  bool in_shares_ = false;
};

}  // namespace

absl::StatusOr<Imported> ImportNetSession(absl::string_view text, const ImportOptions& options) {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  for (absl::string_view& line : lines) absl::ConsumeSuffix(&line, "\r");
  for (size_t i = 0; i < lines.size(); ++i) {
    if (const std::optional<Columns> columns = ColumnsOf(lines[i]); columns.has_value()) {
      return ReadTable(lines, i, *columns, options);
    }
  }
  ListReader reader;
  for (const absl::string_view line : lines) reader.Read(line);
  policy::ServerSnapshot server;
  server.sessions = reader.TakeSessions();
  if (server.sessions.empty() && !absl::StrContains(text, kNobody)) return NotThatFormat(text, kWanted, kCommand);
  return Imported{.snapshot = SnapshotOf(options, "", std::nullopt, std::move(server)), .notes = {}};
}

}  // namespace idlewarden::tools
