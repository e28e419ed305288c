// RealEventLoop: the agent's event loop on real time. The thread that calls Run() is the loop's thread.
//
// Timers wait on std::chrono::steady_clock, which stands still while the machine is suspended: a wall clock that is set
// neither fires all of them at once nor stalls them.
//
// Threads: Post and Stop from any thread. RunAt and CancelTimer from the loop's thread, or before Run() begins.

#ifndef IDLEWARDEN_AGENT_CLOCK_REAL_EVENT_LOOP_H_
#define IDLEWARDEN_AGENT_CLOCK_REAL_EVENT_LOOP_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/real_clock.h"

namespace idlewarden::agent {

class RealEventLoop final : public EventLoop {
 public:
  RealEventLoop() = default;
  RealEventLoop(const RealEventLoop&) = delete;
  RealEventLoop& operator=(const RealEventLoop&) = delete;
  // Tasks and timers that have not run are dropped. Run() must have returned.
  ~RealEventLoop() override = default;

  absl::Time Now() const override { return clock_.Now(); }
  SteadyTime SteadyNow() const override { return clock_.SteadyNow(); }
  void Post(Task task) override;
  TimerId RunAt(SteadyTime when, Task task) override;
  void CancelTimer(TimerId timer) override;

  // Runs tasks and timers until Stop(). May be called again afterwards; what is left then runs.
  void Run();
  // Makes Run() return after the task that is running now. A Stop() before Run() makes that Run() return at once.
  void Stop();

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  using TimerKey = std::pair<Deadline, TimerId>;

  // Waits for posted tasks, the next timer or Stop(); returns the tasks posted. `stopped` tells of Stop().
  std::vector<Task> WaitForWork(bool* stopped);
  bool RunBatch(std::vector<Task> batch);
  bool RunDueTimers();
  bool stop_requested();
  void PutBack(std::vector<Task> tasks);

  RealClock clock_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Task> posted_;  // guarded by mutex_
  bool stop_ = false;         // guarded by mutex_

  // Of the loop's thread.
  std::map<TimerKey, Task> timers_;
  std::unordered_map<TimerId, Deadline> deadlines_;
  TimerId next_timer_ = 1;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_REAL_EVENT_LOOP_H_
