#include "agent/ledger/pause_record.h"

#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"

namespace idlewarden::agent {

absl::Status WritePause(Database& database, absl::string_view agent, const PauseRecord& pause) {
  return database.Transaction([&]() -> absl::Status {
    absl::StatusOr<Statement> insert =
        database.Prepare("INSERT OR REPLACE INTO pause (only, since_us, by, reason) VALUES (1, ?, ?, ?)");
    if (!insert.ok()) return insert.status();
    absl::Status status = insert->Bind(absl::ToUnixMicros(pause.since)).Bind(pause.by).Bind(pause.reason).Run();
    if (!status.ok()) return status;
    return AppendAudit(database, {.time = pause.since,
                                  .agent = std::string(agent),
                                  .outcome = "paused",
                                  .message = pause.reason,
                                  .by = pause.by});
  });
}

absl::Status EndPause(Database& database, absl::string_view agent, absl::Time at, absl::string_view by) {
  return database.Transaction([&]() -> absl::Status {
    absl::StatusOr<Statement> remove = database.Prepare("DELETE FROM pause RETURNING reason");
    if (!remove.ok()) return remove.status();
    absl::StatusOr<bool> was_paused = remove->Step();
    if (!was_paused.ok() || !*was_paused) return was_paused.status();
    const std::string reason = remove->Text(0);
    if (absl::Status done = remove->Run(); !done.ok()) return done;
    return AppendAudit(
        database,
        {.time = at, .agent = std::string(agent), .outcome = "resumed", .message = reason, .by = std::string(by)});
  });
}

absl::StatusOr<std::optional<PauseRecord>> ReadPause(Database& database) {
  absl::StatusOr<Statement> query = database.Prepare("SELECT since_us, by, reason FROM pause");
  if (!query.ok()) return query.status();
  absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::optional<PauseRecord>();
  return PauseRecord{.since = absl::FromUnixMicros(query->Integer(0)), .by = query->Text(1), .reason = query->Text(2)};
}

}  // namespace idlewarden::agent
