#include "agent/ledger/policy_records.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"

namespace idlewarden::agent {
namespace {

absl::StatusOr<bool> IsNewest(Database& database, const PolicyRecord& policy) {
  absl::StatusOr<Statement> query = database.Prepare("SELECT hash, text FROM policy ORDER BY id DESC LIMIT 1");
  if (!query.ok()) return query.status();
  absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  return *row && query->Text(0) == policy.hash && query->Text(1) == policy.text;
}

absl::Status Insert(Database& database, const PolicyRecord& policy) {
  absl::StatusOr<Statement> insert = database.Prepare(
      "INSERT INTO policy (time_us, agent, hash, file, trigger_, by, text, canonical) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  return insert->Bind(absl::ToUnixMicros(policy.at))
      .Bind(policy.agent)
      .Bind(policy.hash)
      .Bind(policy.file)
      .Bind(policy.trigger)
      .Bind(policy.by)
      .Bind(policy.text)
      .Bind(policy.canonical)
      .Run();
}

}  // namespace

absl::Status WritePolicy(Database& database, const PolicyRecord& policy) {
  return database.Transaction([&]() -> absl::Status {
    absl::StatusOr<bool> newest = IsNewest(database, policy);
    if (!newest.ok()) return newest.status();
    if (*newest) return absl::OkStatus();
    if (absl::Status status = Insert(database, policy); !status.ok()) return status;
    return AppendAudit(database, {.time = policy.at,
                                  .agent = policy.agent,
                                  .policy_hash = policy.hash,
                                  .outcome = "policy-loaded",
                                  .message = absl::StrCat(policy.file, " (", policy.trigger, ")"),
                                  .by = policy.by});
  });
}

absl::Status ReadPolicies(Database& database, absl::string_view hash,
                          const std::function<void(const PolicyRecord& policy)>& visit) {
  absl::StatusOr<Statement> query =
      database.Prepare("SELECT time_us, agent, hash, file, trigger_, by, text, canonical FROM policy ORDER BY id");
  if (!query.ok()) return query.status();
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    PolicyRecord policy{.at = absl::FromUnixMicros(query->Integer(0)),
                        .agent = query->Text(1),
                        .hash = query->Text(2),
                        .file = query->Text(3),
                        .trigger = query->Text(4),
                        .by = query->Text(5),
                        .text = query->Text(6),
                        .canonical = query->Text(7)};
    if (absl::StartsWith(policy.hash, hash)) visit(policy);
  }
}

}  // namespace idlewarden::agent
