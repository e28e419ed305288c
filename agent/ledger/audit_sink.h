// AuditSink: the audit trail once more as lines of JSON, in a file or on standard output, for what collects logs.
//
// It follows the ledger: a record becomes a line after it is in the chain, with its number and hash before its members.
// How far it has come is kept in the ledger, so a restart goes on there; after a crash a line may come twice, with the
// same `seq`. The file is opened anew each time, so that it may be rotated by renaming. What a full disk cuts short is
// taken back from a file, and ended by a line break on standard output: no line holds parts of two records.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_AUDIT_SINK_H_
#define IDLEWARDEN_AGENT_LEDGER_AUDIT_SINK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

class AuditSink {
 public:
  // `target`: a path, or "stdout". A target that is new to this ledger begins with the next record.
  AuditSink(Database& database, std::string target) : database_(database), target_(std::move(target)) {}

  // Writes the records that are waiting, `most` of them at most. An error of the file or of the ledger leaves them
  // waiting.
  absl::Status Write(int64_t most = 1000);

 private:
  absl::Status FindBegin();

  Database& database_;
  const std::string target_;
  int64_t written_ = -1;  // the last record's number; -1: not known yet
  bool torn_ = false;     // the target ends with a line that could not be finished
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_AUDIT_SINK_H_
