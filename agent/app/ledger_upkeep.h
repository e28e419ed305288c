// LedgerUpkeep: what the ledger needs from time to time: whether it can be written, the audit trail's lines, and
// removing what is older than the retention.
//
// It asks every second. While the ledger cannot be written (a full disk, a state directory that has become read-only)
// nothing is to be closed; as soon as it can be again, what waited is written and closing goes on by itself.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_APP_LEDGER_UPKEEP_H_
#define IDLEWARDEN_AGENT_APP_LEDGER_UPKEEP_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/executor/journal/ledger_journal.h"
#include "agent/ledger/audit_sink.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {

struct LedgerUpkeepOptions {
  absl::Duration retention = absl::Hours(24 * 400);
  std::string json_lines;  // of the audit trail: a path, or "stdout"; empty: none
};

class LedgerUpkeep {
 public:
  // Told at the first look and whenever it changes: OK, or why the ledger cannot be written.
  using Changed = std::function<void(const absl::Status& writable)>;

  LedgerUpkeep(EventLoop& loop, Ledger& ledger, LedgerJournal& journal, LedgerUpkeepOptions options, Changed changed);
  ~LedgerUpkeep();
  LedgerUpkeep(const LedgerUpkeep&) = delete;
  LedgerUpkeep& operator=(const LedgerUpkeep&) = delete;

  // Writes the lines that are waiting; for the end of the process.
  void Flush();

 private:
  void Look();
  absl::Status Probe();
  void Prune();

  EventLoop& loop_;
  Ledger& ledger_;
  LedgerJournal& journal_;
  const LedgerUpkeepOptions options_;
  const Changed changed_;
  std::optional<AuditSink> sink_;
  std::optional<absl::Status> writable_;  // as last told
  absl::Status lines_written_;
  SteadyTime next_probe_ = SteadyTime::InfinitePast();
  SteadyTime next_pruning_ = SteadyTime::InfinitePast();
  EventLoop::TimerId timer_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_LEDGER_UPKEEP_H_
