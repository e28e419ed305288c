#include "agent/ledger/ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/ledger/schema.h"

namespace idlewarden::agent {

absl::StatusOr<Ledger> Ledger::Open(const std::string& path) {
  absl::StatusOr<Database> database = Database::Open(path);
  if (!database.ok()) return database.status();
  if (absl::Status status = MigrateLedger(*database); !status.ok()) return status;
  return Ledger(*std::move(database));
}

absl::StatusOr<int64_t> Ledger::WriteIntent(const AuditRecord& record) {
  absl::StatusOr<Statement> insert = database_.Prepare(
      "INSERT INTO intent (time_us, server, client, user, connection, body) VALUES (?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  insert->Bind(absl::ToUnixMicros(record.time))
      .Bind(record.server)
      .Bind(record.client)
      .Bind(record.user)
      .Bind(record.connection)
      .Bind(AuditRecordJson(record));
  // Nothing is asked of a server before MarkSent, which waits for the disk, for this record too.
  if (absl::Status status = database_.WithoutWaiting([&] { return insert->Run(); }); !status.ok()) return status;
  return database_.LastInsertId();
}

absl::Status Ledger::MarkSent(int64_t intent, absl::Time sent_at, const AuditRecord& record) {
  absl::StatusOr<Statement> update =
      database_.Prepare("UPDATE intent SET sent_us = ?, body = ? WHERE id = ? RETURNING id");
  if (!update.ok()) return update.status();
  absl::StatusOr<bool> was_open =
      update->Bind(absl::ToUnixMicros(sent_at)).Bind(AuditRecordJson(record)).Bind(intent).Step();
  if (!was_open.ok()) return was_open.status();
  if (!*was_open) return absl::NotFoundError(absl::StrCat("ledger: intent ", intent, " is not open"));
  return update->Run();  // commits
}

absl::Status Ledger::WriteOutcome(int64_t intent, const AuditRecord& record) {
  const auto write = [&]() -> absl::Status {
    absl::StatusOr<Statement> remove = database_.Prepare("DELETE FROM intent WHERE id = ? RETURNING id");
    if (!remove.ok()) return remove.status();
    absl::StatusOr<bool> was_open = remove->Bind(intent).Step();
    if (!was_open.ok()) return was_open.status();
    if (!*was_open) return absl::NotFoundError(absl::StrCat("ledger: intent ", intent, " is not open"));
    if (absl::Status done = remove->Run(); !done.ok()) return done;
    return AppendAudit(database_, record);
  };
  // An outcome that a power cut takes leaves the intent open, so it is looked up again.
  return database_.WithoutWaiting([&] { return database_.Transaction(write); });
}

absl::Status Ledger::WriteRefusal(const AuditRecord& record) {
  return database_.Transaction([&] { return AppendAudit(database_, record); });
}

absl::Status Ledger::WriteRefusals(const std::vector<AuditRecord>& records) {
  if (records.empty()) return absl::OkStatus();
  return database_.Transaction([&]() -> absl::Status {
    for (const AuditRecord& record : records) {
      if (absl::Status status = AppendAudit(database_, record); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

absl::Status Ledger::Probe(absl::Time now) {
  absl::StatusOr<Statement> insert = database_.Prepare("INSERT OR REPLACE INTO probe (only, at_us) VALUES (1, ?)");
  return insert.ok() ? insert->Bind(absl::ToUnixMicros(now)).Run() : insert.status();
}

absl::StatusOr<int64_t> Ledger::Prune(absl::Time horizon) {
  for (const char* sql : {"DELETE FROM approval WHERE time_us < ?", "DELETE FROM exemption WHERE ended_us < ?",
                          "DELETE FROM cycle WHERE time_us < ?",
                          // A policy is needed for as long as a record may be of the time in which it was in force:
                          // until the one after it came. The newest has none after it, so it stays.
                          "DELETE FROM policy WHERE "
                          "(SELECT time_us FROM policy AS next WHERE next.id > policy.id ORDER BY id LIMIT 1) < ?"}) {
    absl::StatusOr<Statement> remove = database_.Prepare(sql);
    if (!remove.ok()) return remove.status();
    if (absl::Status status = remove->Bind(absl::ToUnixMicros(horizon)).Run(); !status.ok()) return status;
  }
  return PruneAudit(database_, horizon);
}

absl::StatusOr<std::vector<Ledger::OpenIntent>> Ledger::OpenIntents() {
  absl::StatusOr<Statement> query = database_.Prepare("SELECT id, body, sent_us FROM intent ORDER BY id");
  if (!query.ok()) return query.status();
  std::vector<OpenIntent> intents;
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return intents;
    absl::StatusOr<AuditRecord> record = ParseAuditRecord(query->Text(1));
    if (!record.ok()) return record.status();
    std::optional<absl::Time> sent_at;
    if (!query->IsNull(2)) sent_at = absl::FromUnixMicros(query->Integer(2));
    intents.push_back({.id = query->Integer(0), .sent_at = sent_at, .record = *std::move(record)});
  }
}

}  // namespace idlewarden::agent
