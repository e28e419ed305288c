// The ledger: the journal of what the agent intends to close and what came of it, and the audit trail of both. One
// SQLite file in `state_dir`; in memory for tests.
//
// The order is the promise: an intent is written before its pair is queued, the mark that it is being sent before the
// call, its outcome and its audit record after it, in one transaction. Only the mark waits for the disk: what comes
// before it is on disk with it, and an outcome that a power cut takes is found out again. What a crash leaves as an
// intent without outcome is found by OpenIntents after the restart: one that was not sent asked nothing of its server,
// one that was is looked up there and finished. A write that fails is reported, and the caller must not close.
//
// Threads: one thread at a time (the event loop's).

#ifndef IDLEWARDEN_AGENT_LEDGER_LEDGER_H_
#define IDLEWARDEN_AGENT_LEDGER_LEDGER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

class Ledger {
 public:
  // An intent whose outcome is not known.
  struct OpenIntent {
    int64_t id = 0;
    // When the close was about to be sent; absent: nothing was asked of the server.
    std::optional<absl::Time> sent_at;
    AuditRecord record;  // if sent: as MarkSent was given it
  };

  // Opens or creates the file, migrating it if it is older. FailedPrecondition for a newer one.
  static absl::StatusOr<Ledger> Open(const std::string& path);
  static absl::StatusOr<Ledger> OpenInMemory() { return Open(":memory:"); }

  // Writes down that the pair of `record` is about to be closed. Returns the intent's id.
  absl::StatusOr<int64_t> WriteIntent(const AuditRecord& record);

  // Marks an open intent as about to be sent, at `sent_at`. `record` replaces the intent's own: the sessions as the
  // look right before the close found them, at record.time. NotFound if the intent is not open.
  absl::Status MarkSent(int64_t intent, absl::Time sent_at, const AuditRecord& record);

  // Ends an intent: its audit record (with outcome, error, duration) is appended and the intent removed, in one
  // transaction. NotFound if the intent is not open: an outcome is written once.
  absl::Status WriteOutcome(int64_t intent, const AuditRecord& record);

  // A refusal or a held pair, for which there was no intent.
  absl::Status WriteRefusal(const AuditRecord& record);
  // Several, in one transaction.
  absl::Status WriteRefusals(const std::vector<AuditRecord>& records);

  // Writes, and waits for the disk, only to see whether that works.
  absl::Status Probe(absl::Time now);

  // Removes what is older than `horizon`: audit records (the chain of the others stays verifiable), approvals,
  // exemptions that have ended, policies that were superseded before it. How many audit records.
  absl::StatusOr<int64_t> Prune(absl::Time horizon);

  // In the order in which they were written.
  absl::StatusOr<std::vector<OpenIntent>> OpenIntents();

  // For the audit's readers: see audit_chain.h.
  Database& database() { return database_; }

 private:
  explicit Ledger(Database database) : database_(std::move(database)) {}

  Database database_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_LEDGER_H_
