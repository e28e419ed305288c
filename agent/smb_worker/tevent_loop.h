// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real Loop: a thread of its own that runs one tevent context. Samba's client library works on that context and
// must be called from no other thread (its talloc stack frames are global to the process: a second thread corrupts the
// heap within moments).
//
// Time is the monotonic clock through a timerfd; tevent's own timers follow the wall clock, whose jumps would stretch
// or cut deadlines.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_TEVENT_LOOP_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_TEVENT_LOOP_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "agent/smb_worker/loop.h"

struct tevent_context;
struct tevent_fd;

namespace idlewarden::smb {

class TeventLoop final : public Loop {
 public:
  // Starts the thread; `first` runs on it before everything else.
  explicit TeventLoop(Task first = nullptr);
  // Runs what was posted, ends the thread and waits for it. Not from the loop's own thread.
  ~TeventLoop() override;

  TeventLoop(const TeventLoop&) = delete;
  TeventLoop& operator=(const TeventLoop&) = delete;

  void Post(Task task) override;
  TimePoint Now() const override;
  TimerId RunAt(TimePoint when, Task task) override;
  void CancelTimer(TimerId timer) override;

  // The rest is for the loop's thread only.

  // Runs `task` outside of every callback, also of those inside a nested loop (Samba nests it in some authentication
  // steps). The only safe place to free what a callback may still stand on.
  void RunOutside(Task task);

  using WatchId = uint64_t;
  // Calls `ready` whenever `fd` is writable or has an error, until Unwatch. Unwatch before the fd is closed.
  WatchId WatchWritable(int fd, Task ready);
  void Unwatch(WatchId watch);

  tevent_context* context() { return context_; }

 private:
  struct Watch;

  void Run();
  void RunPosted();
  void RunDueTimers();
  void ArmTimer();
  tevent_fd* AddFd(int fd, bool write, Watch* watch);

  tevent_context* context_ = nullptr;
  const int wake_fd_;
  const int timer_fd_;

  std::mutex mutex_;
  std::vector<Task> posted_;  // guarded by mutex_

  bool stop_ = false;  // the rest: loop's thread only
  std::vector<Task> outside_;
  std::map<std::pair<TimePoint, TimerId>, Task> timers_;
  std::map<TimerId, TimePoint> timer_times_;
  TimerId last_timer_ = 0;
  std::map<WatchId, Watch*> watches_;
  WatchId last_watch_ = 0;

  std::thread thread_;  // last: started when all else is there
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_TEVENT_LOOP_H_
