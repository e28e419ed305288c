// Journal: where the executor writes what it intends and what came of it. The log is one; a database is another.
//
// The executor gives steady times (Clock::SteadyNow); the agent's loop, which is the journal that it knows, gives
// wall-clock times to those behind it.
//
// Threads: called on the event loop only. Write must not wait for a server.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_JOURNAL_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_JOURNAL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/executor/journal/close_record.h"

namespace idlewarden::agent {

class Journal {
 public:
  virtual ~Journal() = default;

  // Before the pair is queued; returns the intent's number. An error means that nothing would prove the close: the
  // executor does not queue it.
  virtual absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) = 0;

  // Right before the close is sent: from here on it may have happened, whatever becomes of this process. `intent` is as
  // the look before the close found it, at `looked_at`. An error means that the close must not be sent.
  virtual absl::Status WriteSent(int64_t intent_id, const CloseIntent& intent, absl::Time looked_at) = 0;

  // Each intent gets exactly one outcome; a `closed` one may be followed by one `returned`.
  virtual void WriteOutcome(const CloseOutcome& outcome) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_JOURNAL_H_
