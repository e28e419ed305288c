// StateLock: one agent to a state directory. Held until destroyed, or until the process ends by whatever way.

#ifndef IDLEWARDEN_AGENT_LEDGER_STATE_LOCK_H_
#define IDLEWARDEN_AGENT_LEDGER_STATE_LOCK_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::agent {

class StateLock {
 public:
  // Locks STATE_DIR/lock. AlreadyExists if another agent holds it.
  static absl::StatusOr<StateLock> Take(absl::string_view state_dir);

  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_STATE_LOCK_H_
