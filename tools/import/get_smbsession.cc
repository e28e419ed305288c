// What Get-SmbSession prints: MSFT_SmbSession of root\Microsoft\Windows\SMB, as JSON or CSV.
//
// The user is DOMAIN\name there, while the servers report bare names to the agent: a preview decides by what is known
// more exactly here. Client types and transports are other words than NetSessionEnum's, and stay unknown.

#include <csv.h>
#include <simdjson.h>

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/import/import.h"
#include "tools/import/text.h"

namespace idlewarden::tools {
namespace {

constexpr char kWanted[] = "what Get-SmbSession | ConvertTo-Json or Export-Csv writes";
constexpr char kCommand[] = "Get-SmbSession | ConvertTo-Json";

// The members of one session that are read, as texts.
using Members = std::map<std::string, std::string, std::less<>>;

constexpr absl::string_view kRead[] = {"ClientComputerName", "ClientUserName", "NumOpens",
                                       "SecondsExists",      "SecondsIdle",    "PSComputerName"};

bool IsRead(absl::string_view name) { return std::find(std::begin(kRead), std::end(kRead), name) != std::end(kRead); }

std::string Text(const Members& members, absl::string_view name) {
  const auto found = members.find(name);
  return found == members.end() ? "" : std::string(absl::StripAsciiWhitespace(found->second));
}

policy::Session SessionOf(const Members& members) {
  policy::Session session;
  session.client = Text(members, "ClientComputerName");
  session.user = Text(members, "ClientUserName");
  session.client_absent = !members.contains("ClientComputerName");
  session.user_absent = !members.contains("ClientUserName");
  session.idle_seconds = ParseCount(Text(members, "SecondsIdle"));
  session.age_seconds = ParseCount(Text(members, "SecondsExists"));
  session.open_files = ParseCount(Text(members, "NumOpens"));
  return session;
}

// Numbers as their digits; other kinds of value tell nothing and are left out.
std::optional<std::string> TextOf(simdjson::dom::element value) {
  if (value.is_string()) return std::string(value.get_string().value());
  if (value.is_int64()) return absl::StrCat(value.get_int64().value());
  if (value.is_uint64()) return absl::StrCat(value.get_uint64().value());
  return std::nullopt;
}

absl::StatusOr<std::vector<Members>> ReadJson(absl::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS) {
    return NotThatFormat(text, kWanted, kCommand);
  }
  std::vector<simdjson::dom::element> elements;
  simdjson::dom::array array;
  if (document.get_array().get(array) == simdjson::SUCCESS) {
    for (const simdjson::dom::element element : array) elements.push_back(element);
  } else {
    elements.push_back(document);  // ConvertTo-Json writes a single session without brackets
  }
  std::vector<Members> sessions;
  for (const simdjson::dom::element element : elements) {
    simdjson::dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) return NotThatFormat(text, kWanted, kCommand);
    Members members;
    for (const auto field : object) {
      const absl::string_view key(field.key.data(), field.key.size());
      if (!IsRead(key)) continue;
      if (const auto value = TextOf(field.value); value.has_value()) members.emplace(std::string(key), *value);
    }
    if (!members.contains("ClientComputerName")) return NotThatFormat(text, kWanted, kCommand);
    sessions.push_back(std::move(members));
  }
  return sessions;
}

// Rows of fields, by libcsv.
struct CsvRows {
  std::vector<std::vector<std::string>> rows{{}};

  static void OnField(void* field, size_t size, void* data) {
    static_cast<CsvRows*>(data)->rows.back().emplace_back(static_cast<const char*>(field), size);
  }
  static void OnRow(int /*terminator*/, void* data) { static_cast<CsvRows*>(data)->rows.emplace_back(); }
};

// -UseCulture writes the list separator of the country.
char DelimiterOf(absl::string_view header) {
  for (const char delimiter : {';', '\t'}) {
    if (absl::StrContains(header, delimiter) && !absl::StrContains(header, ',')) return delimiter;
  }
  return ',';
}

absl::StatusOr<std::vector<std::vector<std::string>>> ParseCsv(absl::string_view text) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
    return absl::InternalError("the CSV reader could not be made");
  }
  csv_set_delim(&parser, static_cast<unsigned char>(DelimiterOf(text.substr(0, text.find('\n')))));
  CsvRows rows;
  const bool read =
      csv_parse(&parser, text.data(), text.size(), &CsvRows::OnField, &CsvRows::OnRow, &rows) == text.size() &&
      csv_fini(&parser, &CsvRows::OnField, &CsvRows::OnRow, &rows) == 0;
  csv_free(&parser);
  if (!read) return absl::InvalidArgumentError("a quoted field of the CSV does not end: is the file whole?");
  return std::move(rows.rows);
}

absl::StatusOr<std::vector<Members>> ReadCsv(absl::string_view text) {
  // Windows PowerShell writes the type before the header unless it is told not to.
  if (absl::StartsWith(text, "#TYPE")) text = text.substr(std::min(text.find('\n'), text.size() - 1) + 1);
  absl::StatusOr<std::vector<std::vector<std::string>>> rows = ParseCsv(text);
  if (!rows.ok()) return rows.status();
  const std::vector<std::string>& header = rows->front();
  if (std::find(header.begin(), header.end(), "ClientComputerName") == header.end()) {
    return NotThatFormat(text, kWanted, kCommand);
  }
  std::vector<Members> sessions;
  for (size_t row = 1; row < rows->size(); ++row) {
    const std::vector<std::string>& fields = (*rows)[row];
    if (fields.empty()) continue;
    if (fields.size() != header.size()) {
      return absl::InvalidArgumentError(absl::StrCat("row ", row, " of the CSV has ", fields.size(),
                                                     " fields where the header has ", header.size(),
                                                     ": is the file whole?"));
    }
    Members members;
    for (size_t i = 0; i < header.size(); ++i) {
      if (IsRead(header[i]) && !fields[i].empty()) members.emplace(header[i], fields[i]);
    }
    sessions.push_back(std::move(members));
  }
  return sessions;
}

}  // namespace

absl::StatusOr<Imported> ImportGetSmbSession(absl::string_view text, const ImportOptions& options) {
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (start.empty()) return NotThatFormat(text, kWanted, kCommand);
  const bool json = start.front() == '[' || start.front() == '{';
  absl::StatusOr<std::vector<Members>> sessions = json ? ReadJson(start) : ReadCsv(start);
  if (!sessions.ok()) return sessions.status();
  // Get-SmbSession -CimSession asks several computers and names them.
  std::map<std::string, policy::ServerSnapshot> servers;
  for (const Members& members : *sessions) {
    servers[options.server.empty() ? Text(members, "PSComputerName") : ""].sessions.push_back(SessionOf(members));
  }
  if (servers.empty()) servers[""];
  Imported imported;
  for (auto& [name, server] : servers) {
    policy::Snapshot one = SnapshotOf(options, name, std::nullopt, std::move(server));
    imported.snapshot.taken_at = one.taken_at;
    imported.snapshot.servers.push_back(std::move(one.servers.front()));
  }
  return imported;
}

}  // namespace idlewarden::tools
