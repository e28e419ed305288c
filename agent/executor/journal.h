// Journal: where the executor writes what it intends and what came of it. The log is one; a database is another.
//
// Threads: called on the event loop only. Write must not wait for a server.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "agent/executor/close_record.h"

namespace idlewarden::agent {

class Journal {
 public:
  virtual ~Journal() = default;

  // Before the pair is queued; returns the intent's number. An error means that nothing would prove the close: the
  // executor does not queue it.
  virtual absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) = 0;

  // Each intent gets exactly one outcome; a `closed` one may be followed by one `returned`.
  virtual void WriteOutcome(const CloseOutcome& outcome) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_H_
