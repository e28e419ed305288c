#include "agent/ledger/cycle_records.h"

namespace idlewarden::agent {

absl::Status WriteCycle(Database& database, const CycleRecord& cycle) {
  absl::StatusOr<Statement> insert = database.Prepare(
      "INSERT INTO cycle (time_us, agent, plan_id, policy_hash, close, would_close, held, pending, keep) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  insert->Bind(absl::ToUnixMicros(cycle.at))
      .Bind(cycle.agent)
      .Bind(cycle.plan_id)
      .Bind(cycle.policy_hash)
      .Bind(cycle.close)
      .Bind(cycle.would_close)
      .Bind(cycle.held)
      .Bind(cycle.pending)
      .Bind(cycle.keep);
  return database.WithoutWaiting([&] { return insert->Run(); });
}

absl::Status ReadCycles(Database& database, absl::Time since,
                        const std::function<void(const CycleRecord& cycle)>& visit) {
  absl::StatusOr<Statement> query = database.Prepare(
      "SELECT time_us, agent, plan_id, policy_hash, close, would_close, held, pending, keep FROM cycle "
      "WHERE time_us >= ? ORDER BY id");
  if (!query.ok()) return query.status();
  query->Bind(absl::ToUnixMicros(since));
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    visit({.at = absl::FromUnixMicros(query->Integer(0)),
           .agent = query->Text(1),
           .plan_id = query->Text(2),
           .policy_hash = query->Text(3),
           .close = query->Integer(4),
           .would_close = query->Integer(5),
           .held = query->Integer(6),
           .pending = query->Integer(7),
           .keep = query->Integer(8)});
  }
}

}  // namespace idlewarden::agent
