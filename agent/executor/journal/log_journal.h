// LogJournal: each intent and each outcome as one structured log line, after the journal behind it has them.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_LOG_JOURNAL_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_LOG_JOURNAL_H_

#include <cstdint>

#include "agent/executor/journal/journal.h"

namespace idlewarden::agent {

class LogJournal : public Journal {
 public:
  // `next` numbers the intents; without one they are numbered from 1.
  explicit LogJournal(Journal* next = nullptr) : next_(next) {}

  absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) override;
  absl::Status WriteSent(int64_t intent_id, const CloseIntent& intent, absl::Time looked_at) override;
  void WriteOutcome(const CloseOutcome& outcome) override;

 private:
  Journal* const next_;
  int64_t last_id_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_LOG_JOURNAL_H_
