#include "agent/executor/journal/journal.h"

namespace idlewarden::agent {

absl::StatusOr<int64_t> CloseRecorder::RecordIntent(const CloseIntent& intent) {
  absl::StatusOr<int64_t> id = journal_.WriteIntent(intent);
  if (!id.ok()) return id;
  for (CloseObserver* observer : observers_) observer->OnIntent(*id, intent);
  return id;
}

absl::Status CloseRecorder::RecordSent(int64_t intent_id, const CloseIntent& intent, SteadyTime rechecked_at) {
  return journal_.WriteSent(intent_id, intent, rechecked_at);
}

void CloseRecorder::RecordOutcome(const CloseOutcome& outcome) {
  journal_.WriteOutcome(outcome);
  for (CloseObserver* observer : observers_) observer->OnOutcome(outcome);
}

}  // namespace idlewarden::agent
