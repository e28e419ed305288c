#include "agent/ledger/audit_chain.h"

#include <openssl/evp.h>

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

std::string LinkHash(const std::string& before, int64_t seq, const std::string& body) {
  const std::string text = absl::StrCat(before, "\n", seq, "\n", body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

absl::StatusOr<AuditHead> ReadBound(Database& database, absl::string_view name) {
  absl::StatusOr<Statement> query = database.Prepare("SELECT seq, hash FROM audit_bound WHERE name = ?");
  if (!query.ok()) return query.status();
  absl::StatusOr<bool> row = query->Bind(name).Step();
  if (!row.ok()) return row.status();
  if (!*row) return AuditHead{};
  return AuditHead{.seq = query->Integer(0), .hash = query->Text(1)};
}

absl::Status WriteBound(Database& database, absl::string_view name, const AuditHead& bound) {
  absl::StatusOr<Statement> insert =
      database.Prepare("INSERT OR REPLACE INTO audit_bound (name, seq, hash) VALUES (?, ?, ?)");
  if (!insert.ok()) return insert.status();
  return insert->Bind(name).Bind(bound.seq).Bind(bound.hash).Run();
}

absl::Status Broken(int64_t seq, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("audit record ", seq, " ", what));
}

// Anchor, head and records have to be of one moment: run it in a transaction.
absl::Status Walk(Database& database, AuditHead& head, int64_t& verified) {
  absl::StatusOr<AuditHead> at = ReadBound(database, "anchor");
  if (!at.ok()) return at.status();
  absl::StatusOr<AuditHead> end = ReadBound(database, "head");
  if (!end.ok()) return end.status();
  head = *std::move(end);
  absl::StatusOr<Statement> query = database.Prepare("SELECT seq, body, hash FROM audit ORDER BY seq");
  if (!query.ok()) return query.status();
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const int64_t seq = query->Integer(0);
    if (seq != at->seq + 1) return Broken(at->seq + 1, "is missing");
    if (query->Text(2) != LinkHash(at->hash, seq, query->Text(1))) {
      return Broken(seq, "was changed or moved: its hash does not follow from its text and the record before");
    }
    *at = {.seq = seq, .hash = query->Text(2)};
    ++verified;
  }
  if (at->seq < head.seq) return Broken(at->seq + 1, "is missing: the end of the chain was cut off");
  if (at->seq != head.seq || at->hash != head.hash) return Broken(at->seq, "does not end the chain as its head says");
  return absl::OkStatus();
}

}  // namespace

absl::Status AppendAudit(Database& database, const AuditRecord& record) {
  absl::StatusOr<AuditHead> head = ReadBound(database, "head");
  if (!head.ok()) return head.status();
  const std::string body = AuditRecordJson(record);
  AuditHead next{.seq = head->seq + 1, .hash = LinkHash(head->hash, head->seq + 1, body)};
  absl::StatusOr<Statement> insert = database.Prepare("INSERT INTO audit (seq, body, hash) VALUES (?, ?, ?)");
  if (!insert.ok()) return insert.status();
  if (absl::Status status = insert->Bind(next.seq).Bind(body).Bind(next.hash).Run(); !status.ok()) return status;
  return WriteBound(database, "head", next);
}

absl::StatusOr<AuditHead> ReadAuditHead(Database& database) { return ReadBound(database, "head"); }

absl::StatusOr<int64_t> VerifyAudit(Database& database, AuditHead* head) {
  int64_t verified = 0;
  AuditHead end;
  const absl::Status status = database.ReadTransaction([&] { return Walk(database, end, verified); });
  if (!status.ok()) return status;
  if (head != nullptr) *head = std::move(end);
  return verified;
}

std::string AuditLine(int64_t seq, absl::string_view hash, absl::string_view body) {
  // The body is an object with members: its brace is replaced.
  return absl::StrCat("{\"seq\":", seq, ",\"hash\":\"", hash, "\",", body.substr(1));
}

absl::Status ExportAudit(Database& database, const AuditFilter& filter,
                         const std::function<void(int64_t seq, const std::string& line)>& visit) {
  std::vector<std::string> where = {"1"};
  if (filter.since) where.push_back("time_us >= ?");
  if (filter.until) where.push_back("time_us < ?");
  if (filter.server) where.push_back("server = ?");
  if (filter.user) where.push_back("user = ?");
  if (filter.outcome) where.push_back("outcome = ?");
  std::string sql = "SELECT seq, hash, body FROM audit WHERE ";
  for (size_t i = 0; i < where.size(); ++i) absl::StrAppend(&sql, i == 0 ? "" : " AND ", where[i]);
  absl::StatusOr<Statement> query = database.Prepare(absl::StrCat(sql, " ORDER BY seq"));
  if (!query.ok()) return query.status();
  if (filter.since) query->Bind(absl::ToUnixMicros(*filter.since));
  if (filter.until) query->Bind(absl::ToUnixMicros(*filter.until));
  for (const auto* text : {&filter.server, &filter.user, &filter.outcome}) {
    if (*text) query->Bind(**text);
  }
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const int64_t seq = query->Integer(0);
    visit(seq, AuditLine(seq, query->Text(1), query->Text(2)));
  }
}

absl::Status ReadPlanIds(Database& database, int64_t after, int64_t most,
                         const std::function<void(int64_t seq, const std::string& plan_id)>& visit) {
  absl::StatusOr<Statement> query = database.Prepare(
      "SELECT seq, json_extract(body, '$.plan_id') FROM audit WHERE seq > ? ORDER BY seq DESC LIMIT ?");
  if (!query.ok()) return query.status();
  query->Bind(after).Bind(most);
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    visit(query->Integer(0), query->Text(1));
  }
}

absl::StatusOr<int64_t> PruneAudit(Database& database, absl::Time horizon) {
  int64_t removed = 0;
  absl::Status status = database.Transaction([&]() -> absl::Status {
    // Only the old end may go, or the chain would have a gap: up to the record before the first one that is kept.
    absl::StatusOr<Statement> last = database.Prepare(
        "SELECT seq, hash FROM audit WHERE seq < "
        "(SELECT coalesce(min(seq), 9223372036854775807) FROM audit WHERE time_us >= ?) ORDER BY seq DESC LIMIT 1");
    if (!last.ok()) return last.status();
    absl::StatusOr<bool> row = last->Bind(absl::ToUnixMicros(horizon)).Step();
    if (!row.ok() || !*row) return row.status();
    const AuditHead anchor{.seq = last->Integer(0), .hash = last->Text(1)};
    absl::StatusOr<AuditHead> before = ReadBound(database, "anchor");
    if (!before.ok()) return before.status();
    absl::StatusOr<Statement> remove = database.Prepare("DELETE FROM audit WHERE seq <= ?");
    if (!remove.ok()) return remove.status();
    if (absl::Status done = remove->Bind(anchor.seq).Run(); !done.ok()) return done;
    removed = anchor.seq - before->seq;
    return WriteBound(database, "anchor", anchor);
  });
  if (!status.ok()) return status;
  return removed;
}

}  // namespace idlewarden::agent
