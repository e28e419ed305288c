#include "tools/cli/audit_command.h"

#include <functional>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/cycle_records.h"
#include "agent/ledger/ledger_file.h"
#include "agent/ledger/policy_records.h"
#include "agent/servers/server_error.h"
#include "policy/model/escape_for_display.h"
#include "tools/cli/table.h"
#include "tools/cli/time_option.h"

namespace idlewarden::tools {
namespace {

// What reads these by their place finds them where they always were: new ones are added at the end.
constexpr char kCsvHeader[] =
    "seq,time,agent,server,client,user,sessions,collateral,rule,required,mode,plan_id,policy_hash,windows_error,"
    "windows_error_name,outcome,message,duration_ms,by,pairs,least_idle_seconds,least_age_seconds,most_open_files,"
    "connection";

// The extreme of a value over the sessions of which it is known, as a cell: empty if it is of none.
template <typename Better>
std::string Extreme(const std::vector<agent::AuditSession>& sessions,
                    std::optional<int64_t> agent::AuditSession::*value, Better better) {
  std::optional<int64_t> extreme;
  for (const agent::AuditSession& session : sessions) {
    const std::optional<int64_t>& known = session.*value;
    if (known.has_value() && (!extreme.has_value() || better(*known, *extreme))) extreme = known;
  }
  return extreme.has_value() ? absl::StrCat(*extreme) : "";
}

// RFC 4180, in printable form. A spreadsheet takes a cell that begins with = + - @ for a formula: user names come from
// the network.
std::string CsvCell(absl::string_view text) {
  const bool formula = !text.empty() && absl::string_view("=+-@").find(text[0]) != absl::string_view::npos;
  return absl::StrCat("\"", formula ? "'" : "", absl::StrReplaceAll(policy::EscapeForDisplay(text), {{"\"", "\"\""}}),
                      "\"");
}

std::string CsvLine(int64_t seq, const agent::AuditRecord& r) {
  const std::vector<std::string> cells = {absl::StrCat(seq),
                                          absl::FormatTime(absl::RFC3339_full, r.time, absl::UTCTimeZone()),
                                          r.agent,
                                          r.server,
                                          r.client,
                                          r.user,
                                          absl::StrCat(r.sessions.size()),
                                          absl::StrCat(r.collateral),
                                          r.rule,
                                          r.required,
                                          r.mode,
                                          r.plan_id,
                                          r.policy_hash,
                                          absl::StrCat(r.windows_error),
                                          r.windows_error == 0 ? "" : agent::WindowsErrorName(r.windows_error),
                                          r.outcome,
                                          r.message,
                                          absl::StrCat(absl::ToInt64Milliseconds(r.duration)),
                                          r.by,
                                          r.pairs == 0 ? "" : absl::StrCat(r.pairs),
                                          Extreme(r.sessions, &agent::AuditSession::idle_seconds, std::less<>()),
                                          Extreme(r.sessions, &agent::AuditSession::age_seconds, std::less<>()),
                                          Extreme(r.sessions, &agent::AuditSession::open_files, std::greater<>()),
                                          r.connection};
  std::string line;
  for (const std::string& cell : cells) absl::StrAppend(&line, line.empty() ? "" : ",", CsvCell(cell));
  return line;
}

absl::StatusOr<agent::AuditFilter> MakeFilter(const AuditOptions& options) {
  agent::AuditFilter filter;
  for (const auto& [text, time] : {std::pair{&options.since, &filter.since}, {&options.until, &filter.until}}) {
    absl::StatusOr<std::optional<absl::Time>> parsed = ParseTimeOption(*text);
    if (!parsed.ok()) return parsed.status();
    *time = *parsed;
  }
  if (!options.server.empty()) filter.server = options.server;
  if (!options.user.empty()) filter.user = options.user;
  if (!options.outcome.empty()) filter.outcome = options.outcome;
  return filter;
}

}  // namespace

int RunAuditVerify(const AuditOptions& options, Output& output) {
  absl::StatusOr<agent::Database> database = agent::OpenLedgerForReading(options.state_dir);
  if (!database.ok()) return Fail(database.status().message(), output);
  agent::AuditHead head;
  absl::StatusOr<int64_t> count = agent::VerifyAudit(*database, &head);
  if (!count.ok()) return Fail(count.status().message(), output);
  output.out << *count << " records verified; the chain ends with record " << head.seq
             << (head.hash.empty() ? "" : absl::StrCat(", ", head.hash)) << "\n";
  return kDone;
}

int RunAuditExport(const AuditOptions& options, Output& output) {
  absl::StatusOr<agent::AuditFilter> filter = MakeFilter(options);
  if (!filter.ok()) return Fail(filter.status().message(), output, kUsage);
  absl::StatusOr<agent::Database> database = agent::OpenLedgerForReading(options.state_dir);
  if (!database.ok()) return Fail(database.status().message(), output);
  const bool csv = options.format == "csv";
  if (csv) output.out << kCsvHeader << "\n";
  absl::Status damage;
  const absl::Status status = agent::ExportAudit(*database, *filter, [&](int64_t seq, const std::string& line) {
    if (!csv) {
      output.out << line << "\n";
      return;
    }
    absl::StatusOr<agent::AuditRecord> record = agent::ParseAuditRecord(line);
    if (record.ok()) {
      output.out << CsvLine(seq, *record) << "\n";
    } else {
      damage = absl::DataLossError(absl::StrCat("audit record ", seq, ": ", record.status().message()));
    }
  });
  if (!status.ok()) return Fail(status.message(), output);
  return damage.ok() ? kDone : Fail(damage.message(), output);
}

int RunAuditPolicies(const AuditOptions& options, Output& output) {
  absl::StatusOr<agent::Database> database = agent::OpenLedgerForReading(options.state_dir);
  if (!database.ok()) return Fail(database.status().message(), output);
  agent::PolicyRecord newest;
  const absl::Status status = agent::ReadPolicies(*database, options.show, [&](const agent::PolicyRecord& policy) {
    newest = policy;
    if (!options.show.empty()) return;
    output.out << absl::StrCat(absl::FormatTime(absl::RFC3339_sec, policy.at, absl::UTCTimeZone()), "  ",
                               policy.hash.substr(0, 12), "  ", policy.file, "  (", policy.trigger,
                               policy.by.empty() ? "" : absl::StrCat(", ", EscapeForDisplay(policy.by)), ")")
               << "\n";
  });
  if (!status.ok()) return Fail(status.message(), output);
  if (options.show.empty()) return kDone;
  if (newest.hash.empty()) {
    return Fail(absl::StrCat("no policy was in force whose hash begins with ", options.show), output);
  }
  output.out << newest.text;
  return kDone;
}

int RunAuditCycles(const AuditOptions& options, Output& output) {
  absl::StatusOr<std::optional<absl::Time>> since = ParseTimeOption(options.since);
  if (!since.ok()) return Fail(since.status().message(), output, kUsage);
  absl::StatusOr<agent::Database> database = agent::OpenLedgerForReading(options.state_dir);
  if (!database.ok()) return Fail(database.status().message(), output);
  Table table({{.header = "TIME"},
               {.header = "PLAN"},
               {.header = "POLICY", .spared = 1},
               {.header = "CLOSE", .right = true},
               {.header = "WOULD-CLOSE", .right = true},
               {.header = "HELD", .right = true},
               {.header = "PENDING", .right = true},
               {.header = "KEEP", .right = true}});
  const absl::Status status =
      agent::ReadCycles(*database, since->value_or(absl::InfinitePast()), [&](const agent::CycleRecord& cycle) {
        table.AddRow({absl::FormatTime(absl::RFC3339_sec, cycle.at, absl::UTCTimeZone()), cycle.plan_id,
                      cycle.policy_hash.substr(0, 12), absl::StrCat(cycle.close), absl::StrCat(cycle.would_close),
                      absl::StrCat(cycle.held), absl::StrCat(cycle.pending), absl::StrCat(cycle.keep)});
      });
  if (!status.ok()) return Fail(status.message(), output);
  output.out << table.Render(output.terminal);
  return kDone;
}

}  // namespace idlewarden::tools
