// What the gate writes down, and who hears of it.
//
// Journal is where closes are on record: the ledger. It comes first and may refuse; what it does not take does not
// happen. CloseObserver hears afterwards what is on record, and cannot refuse: log, status, metrics, self-demotion.
// CloseRecorder keeps that order.
//
// Threads: called on the event loop only. A Journal must not wait for a server.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_JOURNAL_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_JOURNAL_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/journal/close_record.h"

namespace idlewarden::agent {

class Journal {
 public:
  virtual ~Journal() = default;

  // Before the pair is queued; returns the intent's number. An error means that nothing would prove the close: the
  // executor does not queue it.
  virtual absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) = 0;

  // Right before the close is sent: from here on it may have happened, whatever becomes of this process. `intent` is as
  // the re-check before the close found it, at `rechecked_at`. An error means that the close must not be sent.
  virtual absl::Status WriteSent(int64_t intent_id, const CloseIntent& intent, SteadyTime rechecked_at) = 0;

  // Each intent gets exactly one outcome; a `closed` one may be followed by one `returned`.
  virtual void WriteOutcome(const CloseOutcome& outcome) = 0;
};

class CloseObserver {
 public:
  virtual ~CloseObserver() = default;
  virtual void OnIntent(int64_t /*intent_id*/, const CloseIntent& /*intent*/) {}
  virtual void OnOutcome(const CloseOutcome& outcome) = 0;
};

class CloseRecorder {
 public:
  // All must outlive it.
  explicit CloseRecorder(Journal& journal) : journal_(journal) {}
  // They are called in the order in which they were added.
  void Add(CloseObserver& observer) { observers_.push_back(&observer); }

  // As the methods of Journal.
  absl::StatusOr<int64_t> RecordIntent(const CloseIntent& intent);
  absl::Status RecordSent(int64_t intent_id, const CloseIntent& intent, SteadyTime rechecked_at);
  void RecordOutcome(const CloseOutcome& outcome);

 private:
  Journal& journal_;
  std::vector<CloseObserver*> observers_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_JOURNAL_H_
