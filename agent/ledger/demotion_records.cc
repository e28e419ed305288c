#include "agent/ledger/demotion_records.h"

#include "absl/strings/str_cat.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"

namespace idlewarden::agent {

absl::Status WriteDemotion(Database& database, absl::string_view agent, const Demotion& demotion) {
  return database.Transaction([&]() -> absl::Status {
    absl::StatusOr<Statement> insert =
        database.Prepare("INSERT OR REPLACE INTO demotion (rule, since_us, why) VALUES (?, ?, ?)");
    if (!insert.ok()) return insert.status();
    absl::Status status = insert->Bind(demotion.rule).Bind(absl::ToUnixMicros(demotion.since)).Bind(demotion.why).Run();
    if (!status.ok()) return status;
    return AppendAudit(database, {.time = demotion.since,
                                  .agent = std::string(agent),
                                  .rule = demotion.rule,
                                  .outcome = "rule-demoted",
                                  .message = demotion.why});
  });
}

absl::Status EndDemotion(Database& database, absl::string_view agent, absl::string_view rule, absl::Time at,
                         absl::string_view by, absl::string_view reason) {
  return database.Transaction([&]() -> absl::Status {
    absl::StatusOr<Statement> remove = database.Prepare("DELETE FROM demotion WHERE rule = ? RETURNING rule");
    if (!remove.ok()) return remove.status();
    absl::StatusOr<bool> was_demoted = remove->Bind(rule).Step();
    if (!was_demoted.ok()) return was_demoted.status();
    if (!*was_demoted) return absl::NotFoundError(absl::StrCat("rule ", rule, " is not demoted"));
    if (absl::Status done = remove->Run(); !done.ok()) return done;
    return AppendAudit(database, {.time = at,
                                  .agent = std::string(agent),
                                  .rule = std::string(rule),
                                  .outcome = "rule-restored",
                                  .message = std::string(reason),
                                  .by = std::string(by)});
  });
}

absl::StatusOr<std::vector<Demotion>> ReadDemotions(Database& database) {
  absl::StatusOr<Statement> query = database.Prepare("SELECT rule, since_us, why FROM demotion ORDER BY rule");
  if (!query.ok()) return query.status();
  std::vector<Demotion> demotions;
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return demotions;
    demotions.push_back(
        {.rule = query->Text(0), .since = absl::FromUnixMicros(query->Integer(1)), .why = query->Text(2)});
  }
}

}  // namespace idlewarden::agent
