// SimulatedEventLoop: the event loop of tests. Time stands still until the test advances it; tasks and timers then run
// on the test's own thread, in an order that depends on nothing but the calls made.
//
// Order: posted tasks first, in the order posted; then the earliest timer that is due (of equal ones, the one set
// first), then again the tasks that it posted, and so on. SteadyNow() is each timer's own time while it runs, and Now()
// the same, unless the wall clock was set.
//
// Threads: Post and Now from any thread; all else from the test's thread.

#ifndef IDLEWARDEN_AGENT_CLOCK_SIMULATED_EVENT_LOOP_H_
#define IDLEWARDEN_AGENT_CLOCK_SIMULATED_EVENT_LOOP_H_

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"

namespace idlewarden::agent {

class SimulatedEventLoop final : public EventLoop {
 public:
  // Begins on a Monday, 10:00 UTC, unless told otherwise.
  explicit SimulatedEventLoop(absl::Time start = absl::FromUnixSeconds(1'767'607'200));
  SimulatedEventLoop(const SimulatedEventLoop&) = delete;
  SimulatedEventLoop& operator=(const SimulatedEventLoop&) = delete;
  ~SimulatedEventLoop() override = default;

  absl::Time Now() const override;
  SteadyTime SteadyNow() const override;
  void Post(Task task) override;
  TimerId RunAt(SteadyTime when, Task task) override;
  void CancelTimer(TimerId timer) override;

  // Sets the wall clock forward, or back if negative. No time passes by it.
  void SetWallClock(absl::Duration step);

  // Time passes and nothing runs, as while a process is stopped or waits for its disk. May be called by a task.
  void Stall(absl::Duration duration);

  // So much time passes with each call of SteadyNow, as it does by a real clock: two calls do not tell the same. At
  // first none.
  void SetTimePerLook(absl::Duration duration) { time_per_look_ = duration; }

  // Runs all tasks posted and all timers due by now, and what these post and set for now. Time does not move.
  // Returns how many ran. A task that posts itself for ever never lets it return.
  size_t RunUntilIdle();
  // Moves time to `when` of SteadyNow (not backwards), stopping at each timer on the way to run it. Returns how many
  // ran.
  size_t AdvanceTo(SteadyTime when);
  size_t AdvanceBy(absl::Duration duration) { return AdvanceTo(Present() + duration); }

  // The time of the earliest timer, if there is one.
  std::optional<SteadyTime> NextTimer() const;
  size_t timer_count() const { return timers_.size(); }

 private:
  using TimerKey = std::pair<SteadyTime, TimerId>;

  // SteadyNow without being a look.
  SteadyTime Present() const;
  bool RunPosted();
  bool RunTimerDue();
  void SetSteadyNow(SteadyTime now);

  mutable std::mutex mutex_;
  mutable SteadyTime steady_now_;  // guarded by mutex_
  absl::Time wall_origin_;         // what the wall clock shows at the origin of SteadyNow; guarded by mutex_
  std::deque<Task> posted_;        // guarded by mutex_

  absl::Duration time_per_look_;
  std::map<TimerKey, Task> timers_;
  std::unordered_map<TimerId, SteadyTime> deadlines_;
  TimerId next_timer_ = 1;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_SIMULATED_EVENT_LOOP_H_
