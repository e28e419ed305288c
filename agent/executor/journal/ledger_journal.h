// LedgerJournal: writes intents and outcomes to the ledger.
//
// It fails closed. An intent, or the mark that it is sent, that cannot be written is an error, and the executor does
// not close. An outcome that cannot be written is kept and written again before the next intent; until then no intent
// is accepted, so a full disk stops closing and mends itself when there is room again.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_LEDGER_JOURNAL_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_LEDGER_JOURNAL_H_

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/clock/clock.h"
#include "agent/executor/journal/close_record.h"
#include "agent/executor/journal/journal.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {

class LedgerJournal : public Journal {
 public:
  // `agent_name` goes into every record.
  LedgerJournal(Ledger& ledger, std::string agent_name, const Clock& clock)
      : ledger_(ledger), agent_name_(std::move(agent_name)), clock_(clock) {}

  absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) override;
  absl::Status WriteSent(int64_t intent_id, const CloseIntent& intent, SteadyTime rechecked_at) override;
  void WriteOutcome(const CloseOutcome& outcome) override;

  // Once, before the first intent of this run: what an earlier run left without an outcome. Intents that were not sent
  // asked nothing of a server and are ended here, as `withdrawn`; those that were sent are returned, to be resolved.
  absl::StatusOr<std::vector<UnresolvedClose>> TakeOpenIntents();

  // Writes the outcomes that are waiting. OK if none is left.
  absl::Status WriteWaiting();
  // The ledger can be written again, as somebody has found: writes what is waiting. If that is all written, state() is
  // OK.
  absl::Status Recover();
  // The last error of the ledger; OK while all is written.
  const absl::Status& state() const { return state_; }

 private:
  struct Waiting {
    int64_t intent_id;
    AuditRecord record;
    bool ends_intent;  // false: `returned`, which follows an outcome
  };

  AuditRecord RecordOf(const CloseIntent& intent, absl::Time time) const;
  absl::Status Write(const Waiting& waiting);
  void SetState(absl::Status status);

  Ledger& ledger_;
  const std::string agent_name_;
  const Clock& clock_;
  std::deque<Waiting> waiting_;
  absl::Status state_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_LEDGER_JOURNAL_H_
