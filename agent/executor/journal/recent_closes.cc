#include "agent/executor/journal/recent_closes.h"

namespace idlewarden::agent {

void RecentCloses::OnOutcome(const CloseOutcome& outcome) {
  closes_.push_front({clock_.WallTimeOf(outcome.at), outcome});
  if (closes_.size() > capacity_) closes_.pop_back();
}

}  // namespace idlewarden::agent
