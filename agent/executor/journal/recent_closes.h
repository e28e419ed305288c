// RecentCloses: the newest outcomes, for status.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_RECENT_CLOSES_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_RECENT_CLOSES_H_

#include <cstddef>
#include <deque>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/clock.h"
#include "agent/executor/journal/journal.h"

namespace idlewarden::agent {

struct RecentClose {
  absl::Time at;
  CloseOutcome close;
};

class RecentCloses : public CloseObserver {
 public:
  explicit RecentCloses(const Clock& clock, size_t capacity = 100) : clock_(clock), capacity_(capacity) {}

  void OnOutcome(const CloseOutcome& outcome) override;

  std::vector<RecentClose> newest_first() const { return {closes_.begin(), closes_.end()}; }

 private:
  const Clock& clock_;
  const size_t capacity_;
  std::deque<RecentClose> closes_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_RECENT_CLOSES_H_
