// What `smbstatus --json` prints of Samba 4.17 and later: sessions with their smbd process, open files with theirs.
//
// No version knows when a session was last used, so idle times stay unknown. Since 4.20 sessions say when they began;
// before, ages stay unknown, too. NetSessionDel on Samba ends all sessions of a client, which is the scope here.

#include <simdjson.h>

#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/import/import.h"
#include "tools/import/text.h"

namespace idlewarden::tools {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr char kWanted[] = "the JSON of smbstatus";
constexpr char kCommand[] = "smbstatus --json (as root)";

std::string TextAt(const object& from, const char* key) {
  std::string_view text;
  return from[key].get_string().get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// Samba writes process and user ids as texts in some places and as numbers in others.
std::string IdAt(const object& from, const char* key) {
  element value;
  if (from[key].get(value) != simdjson::SUCCESS) return "";
  if (value.is_string()) return std::string(value.get_string().value());
  return value.is_int64() ? absl::StrCat(value.get_int64().value()) : "";
}

std::string PidOf(const object& from) {
  object server_id;
  return from["server_id"].get_object().get(server_id) == simdjson::SUCCESS ? IdAt(server_id, "pid") : "";
}

// "2026-12-01T12:27:15.904679+0000".
std::optional<absl::Time> TimeAt(const object& from, const char* key) {
  const std::string text = TextAt(from, key);
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%dT%H:%M:%E*S%Ez", text, &time, &error)) return std::nullopt;
  return time;
}

// "ipv4:10.0.0.5:44810" or "ipv6:[::1]:44810" is the connection's other end; without it remote_machine, which may be a
// name.
std::string ClientOf(const object& session) {
  const std::string endpoint = TextAt(session, "hostname");
  absl::string_view address = endpoint;
  if (!absl::ConsumePrefix(&address, "ipv4:") && !absl::ConsumePrefix(&address, "ipv6:")) {
    return TextAt(session, "remote_machine");
  }
  address = address.substr(0, address.rfind(':'));
  absl::ConsumePrefix(&address, "[");
  absl::ConsumeSuffix(&address, "]");
  return std::string(address);
}

// How many files each user has open in each smbd process; nullopt where the text does not speak of open files.
std::optional<std::map<std::pair<std::string, std::string>, int64_t>> OpenFilesOf(const object& document) {
  object files;
  if (document["open_files"].get_object().get(files) != simdjson::SUCCESS) return std::nullopt;
  std::map<std::pair<std::string, std::string>, int64_t> counts;
  for (const auto file : files) {
    object opens;
    if (file.value["opens"].get_object().get(opens) != simdjson::SUCCESS) continue;
    for (const auto open : opens) {
      object details;
      if (open.value.get_object().get(details) == simdjson::SUCCESS) ++counts[{PidOf(details), IdAt(details, "uid")}];
    }
  }
  return counts;
}

policy::Session SessionOf(const object& from, const std::optional<absl::Time>& taken_at) {
  policy::Session session;
  session.client = ClientOf(from);
  session.user = TextAt(from, "username");
  session.client_absent = session.client.empty();
  session.user_absent = session.user.empty();
  const std::optional<absl::Time> began = TimeAt(from, "creation_time");
  if (began.has_value() && taken_at.has_value() && *began <= *taken_at) {
    session.age_seconds = absl::ToInt64Seconds(*taken_at - *began);
  }
  return session;
}

}  // namespace

absl::StatusOr<Imported> ImportSmbstatus(absl::string_view text, const ImportOptions& options) {
  // On standard error in a terminal, but in the same file where both were redirected.
  const size_t begin = text.find('{');
  simdjson::dom::parser parser;
  object document;
  object sessions;
  if (begin == absl::string_view::npos ||
      parser.parse(text.data() + begin, text.size() - begin).get_object().get(document) != simdjson::SUCCESS ||
      document["sessions"].get_object().get(sessions) != simdjson::SUCCESS) {
    return NotThatFormat(text, kWanted, kCommand);
  }
  const std::optional<absl::Time> taken_at = TimeAt(document, "timestamp");
  const auto open_files = OpenFilesOf(document);
  policy::ServerSnapshot server;
  server.close_scope = policy::CloseScope::kClient;
  bool ages = true;
  for (const auto entry : sessions) {
    object details;
    if (entry.value.get_object().get(details) != simdjson::SUCCESS) return NotThatFormat(text, kWanted, kCommand);
    policy::Session session = SessionOf(details, taken_at);
    if (open_files.has_value()) {
      const auto count = open_files->find({PidOf(details), IdAt(details, "uid")});
      session.open_files = count == open_files->end() ? 0 : count->second;
    }
    ages = ages && session.age_seconds.has_value();
    server.sessions.push_back(std::move(session));
  }
  Imported imported{.snapshot = SnapshotOf(options, "", taken_at, std::move(server)), .notes = {}};
  if (imported.snapshot.servers.front().sessions.empty()) return imported;
  imported.notes.push_back("idle times are unknown: Samba does not record them, so no rule with `idle` matches");
  if (!ages) imported.notes.push_back("ages are unknown: Samba reports them from 4.20 on");
  if (!open_files.has_value()) {
    imported.notes.push_back("open files are unknown: run smbstatus --json without --processes or --shares");
  }
  return imported;
}

}  // namespace idlewarden::tools
