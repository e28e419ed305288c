#include "agent/executor/journal/recent_closes.h"

namespace idlewarden::agent {

void RecentCloses::WriteOutcome(const CloseOutcome& outcome) {
  next_.WriteOutcome(outcome);
  outcomes_.push_front(outcome);
  if (outcomes_.size() > capacity_) outcomes_.pop_back();
}

}  // namespace idlewarden::agent
