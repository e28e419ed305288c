// RecentCloses: the newest outcomes, for status. Forwards everything to the journal behind it.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_RECENT_CLOSES_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_RECENT_CLOSES_H_

#include <cstddef>
#include <deque>
#include <vector>

#include "agent/executor/journal/journal.h"

namespace idlewarden::agent {

class RecentCloses : public Journal {
 public:
  explicit RecentCloses(Journal& next, size_t capacity = 100) : next_(next), capacity_(capacity) {}

  absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) override { return next_.WriteIntent(intent); }
  absl::Status WriteSent(int64_t intent_id, const CloseIntent& intent, absl::Time looked_at) override {
    return next_.WriteSent(intent_id, intent, looked_at);
  }
  void WriteOutcome(const CloseOutcome& outcome) override;

  std::vector<CloseOutcome> newest_first() const { return {outcomes_.begin(), outcomes_.end()}; }

 private:
  Journal& next_;
  size_t capacity_;
  std::deque<CloseOutcome> outcomes_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_RECENT_CLOSES_H_
