// LogJournal: each intent and each outcome as one structured log line.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_LOG_JOURNAL_H_
#define IDLEWARDEN_AGENT_EXECUTOR_LOG_JOURNAL_H_

#include <cstdint>

#include "agent/executor/journal.h"

namespace idlewarden::agent {

class LogJournal : public Journal {
 public:
  absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) override;
  void WriteOutcome(const CloseOutcome& outcome) override;

 private:
  int64_t next_id_ = 1;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_LOG_JOURNAL_H_
