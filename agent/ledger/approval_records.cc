#include "agent/ledger/approval_records.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"

namespace idlewarden::agent {
namespace {

absl::StatusOr<int64_t> InsertApproval(Database& database, const ApprovalRecord& approval) {
  absl::StatusOr<Statement> insert = database.Prepare(
      "INSERT INTO approval (time_us, agent, plan_id, policy_hash, by, reason, pairs) VALUES (?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  absl::Status status = insert->Bind(absl::ToUnixMicros(approval.at))
                            .Bind(approval.agent)
                            .Bind(approval.plan_id)
                            .Bind(approval.policy_hash)
                            .Bind(approval.by)
                            .Bind(approval.reason)
                            .Bind(approval.pairs)
                            .Run();
  if (!status.ok()) return status;
  return database.LastInsertId();
}

absl::Status InsertPair(Database& database, int64_t approval, const policy::PlannedPair& pair) {
  absl::StatusOr<Statement> insert = database.Prepare(
      "INSERT INTO approved_pair (approval, server, client, user, connection, rule, scope, sessions) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  return insert->Bind(approval)
      .Bind(pair.server)
      .Bind(pair.client)
      .Bind(pair.user)
      .Bind(pair.connection.value_or(""))
      .Bind(pair.rule)
      .Bind(policy::CloseScopeName(pair.scope))
      .Bind(static_cast<int64_t>(pair.sessions.size()))
      .Run();
}

bool IsHeld(const policy::PlannedPair& pair) { return pair.decision == policy::Decision::kHeld; }

}  // namespace

absl::Status WriteApproval(Database& database, ApprovalRecord approval, const policy::Plan& plan) {
  approval.pairs = std::count_if(plan.pairs.begin(), plan.pairs.end(), IsHeld);
  return database.Transaction([&]() -> absl::Status {
    absl::StatusOr<int64_t> id = InsertApproval(database, approval);
    if (!id.ok()) return id.status();
    for (const policy::PlannedPair& pair : plan.pairs) {
      if (!IsHeld(pair)) continue;
      if (absl::Status status = InsertPair(database, *id, pair); !status.ok()) return status;
    }
    return AppendAudit(database, {.time = approval.at,
                                  .agent = approval.agent,
                                  .plan_id = approval.plan_id,
                                  .policy_hash = approval.policy_hash,
                                  .outcome = "approved",
                                  .message = absl::StrCat(approval.pairs, approval.pairs == 1 ? " pair" : " pairs",
                                                          approval.reason.empty() ? "" : ": ", approval.reason),
                                  .by = approval.by});
  });
}

absl::StatusOr<std::vector<ApprovalRecord>> ReadApprovals(Database& database, int64_t limit) {
  absl::StatusOr<Statement> query = database.Prepare(
      "SELECT time_us, agent, plan_id, policy_hash, by, reason, pairs FROM approval ORDER BY id DESC LIMIT ?");
  if (!query.ok()) return query.status();
  query->Bind(limit);
  std::vector<ApprovalRecord> approvals;
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return approvals;
    approvals.push_back({.at = absl::FromUnixMicros(query->Integer(0)),
                         .agent = query->Text(1),
                         .plan_id = query->Text(2),
                         .policy_hash = query->Text(3),
                         .by = query->Text(4),
                         .reason = query->Text(5),
                         .pairs = query->Integer(6)});
  }
}

}  // namespace idlewarden::agent
