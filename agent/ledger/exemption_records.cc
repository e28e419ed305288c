#include "agent/ledger/exemption_records.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"

namespace idlewarden::agent {
namespace {

// Entries hold no line breaks: they would be no valid entries.
std::string Joined(const std::vector<std::string>& entries) { return absl::StrJoin(entries, "\n"); }

std::vector<std::string> Split(const std::string& text) { return absl::StrSplit(text, '\n', absl::SkipEmpty()); }

std::string InBrackets(absl::string_view what, absl::string_view text) {
  return text.empty() ? "" : absl::StrCat(" (", what, text, ")");
}

absl::StatusOr<int64_t> Insert(Database& database, const Exemption& exemption) {
  absl::StatusOr<Statement> insert = database.Prepare(
      "INSERT INTO exemption (users, clients, servers, by, reason, ticket, created_us, expires_us) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  absl::Status status = insert->Bind(Joined(exemption.users))
                            .Bind(Joined(exemption.clients))
                            .Bind(Joined(exemption.servers))
                            .Bind(exemption.by)
                            .Bind(exemption.reason)
                            .Bind(exemption.ticket)
                            .Bind(absl::ToUnixMicros(exemption.created))
                            .Bind(absl::ToUnixMicros(exemption.expires))
                            .Run();
  if (!status.ok()) return status;
  return database.LastInsertId();
}

}  // namespace

std::string ExemptionScope(const Exemption& exemption) {
  std::vector<std::string> parts;
  const auto add = [&parts](absl::string_view what, const std::vector<std::string>& entries) {
    if (!entries.empty()) parts.push_back(absl::StrCat(what, " ", absl::StrJoin(entries, ", ")));
  };
  add("users", exemption.users);
  add("clients", exemption.clients);
  add("servers", exemption.servers);
  return absl::StrJoin(parts, "; ");
}

absl::StatusOr<int64_t> WriteExemption(Database& database, absl::string_view agent, const Exemption& exemption) {
  int64_t id = 0;
  absl::Status status = database.Transaction([&]() -> absl::Status {
    absl::StatusOr<int64_t> inserted = Insert(database, exemption);
    if (!inserted.ok()) return inserted.status();
    id = *inserted;
    return AppendAudit(
        database, {.time = exemption.created,
                   .agent = std::string(agent),
                   .outcome = "exempted",
                   .message = absl::StrCat("exemption ", id, ": ", ExemptionScope(exemption), ", until ",
                                           absl::FormatTime(absl::RFC3339_sec, exemption.expires, absl::UTCTimeZone()),
                                           InBrackets("", exemption.reason), InBrackets("ticket ", exemption.ticket)),
                   .by = exemption.by});
  });
  if (!status.ok()) return status;
  return id;
}

absl::Status EndExemption(Database& database, absl::string_view agent, const Exemption& exemption,
                          const ExemptionEnd& end) {
  return database.Transaction([&]() -> absl::Status {
    absl::StatusOr<Statement> update =
        database.Prepare("UPDATE exemption SET ended_us = ? WHERE id = ? AND ended_us IS NULL RETURNING id");
    if (!update.ok()) return update.status();
    absl::StatusOr<bool> was_open = update->Bind(absl::ToUnixMicros(end.at)).Bind(exemption.id).Step();
    if (!was_open.ok()) return was_open.status();
    if (!*was_open) return absl::NotFoundError(absl::StrCat("there is no exemption ", exemption.id));
    if (absl::Status done = update->Run(); !done.ok()) return done;
    return AppendAudit(database, {.time = end.at,
                                  .agent = std::string(agent),
                                  .outcome = end.outcome,
                                  .message = absl::StrCat("exemption ", exemption.id, ": ", ExemptionScope(exemption),
                                                          InBrackets("", end.reason)),
                                  .by = end.by});
  });
}

absl::StatusOr<std::vector<Exemption>> ReadExemptions(Database& database) {
  absl::StatusOr<Statement> query = database.Prepare(
      "SELECT id, users, clients, servers, by, reason, ticket, created_us, expires_us FROM exemption "
      "WHERE ended_us IS NULL ORDER BY id");
  if (!query.ok()) return query.status();
  std::vector<Exemption> exemptions;
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return exemptions;
    exemptions.push_back({.id = query->Integer(0),
                          .users = Split(query->Text(1)),
                          .clients = Split(query->Text(2)),
                          .servers = Split(query->Text(3)),
                          .by = query->Text(4),
                          .reason = query->Text(5),
                          .ticket = query->Text(6),
                          .created = absl::FromUnixMicros(query->Integer(7)),
                          .expires = absl::FromUnixMicros(query->Integer(8))});
  }
}

}  // namespace idlewarden::agent
