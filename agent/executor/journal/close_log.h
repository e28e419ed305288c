// CloseLog: each intent and each outcome as one structured log line.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_CLOSE_LOG_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_CLOSE_LOG_H_

#include "agent/executor/journal/journal.h"

namespace idlewarden::agent {

class CloseLog : public CloseObserver {
 public:
  void OnIntent(int64_t intent_id, const CloseIntent& intent) override;
  void OnOutcome(const CloseOutcome& outcome) override;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_CLOSE_LOG_H_
