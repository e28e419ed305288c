// SPDX-License-Identifier: GPL-3.0-or-later
//
// The worker's one event loop as its logic sees it: tasks, timers, and a clock. Real: TeventLoop, on the thread that
// alone may call Samba. In tests: FakeLoop, whose time moves when the test says so.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_LOOP_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_LOOP_H_

#include <chrono>
#include <cstdint>
#include <functional>

namespace idlewarden::smb {

using TimePoint = std::chrono::steady_clock::time_point;

class Loop {
 public:
  using Task = std::function<void()>;
  using TimerId = uint64_t;  // 0 is never used

  virtual ~Loop() = default;

  // Runs `task` on the loop's thread, never within Post. The only method that may be called from any thread.
  virtual void Post(Task task) = 0;
  virtual TimePoint Now() const = 0;
  // Runs `task` once Now() >= `when`.
  virtual TimerId RunAt(TimePoint when, Task task) = 0;
  // Does nothing for 0 and for a timer that has run.
  virtual void CancelTimer(TimerId timer) = 0;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_LOOP_H_
