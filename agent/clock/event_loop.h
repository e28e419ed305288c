// The thread that the agent's logic runs on: tasks and timers, one after the other.
//
// Poller, loop and executor are written as callbacks on one EventLoop, so they need no locks; backends complete their
// calls on threads of their own and Post the result. RealEventLoop runs on real time; SimulatedEventLoop runs the same
// tasks when a test advances its clock, in a deterministic order.

#ifndef IDLEWARDEN_AGENT_CLOCK_EVENT_LOOP_H_
#define IDLEWARDEN_AGENT_CLOCK_EVENT_LOOP_H_

#include <cstdint>
#include <functional>

#include "absl/time/time.h"
#include "agent/clock/clock.h"

namespace idlewarden::agent {

class EventLoop : public Clock {
 public:
  using Task = std::function<void()>;
  using TimerId = uint64_t;  // 0 is never used

  // Runs `task` on the loop after those posted before. From any thread; never runs it within Post itself.
  virtual void Post(Task task) = 0;

  // Runs `task` on the loop, not before SteadyNow() >= `when`; after the machine was suspended it may come late by that
  // time. From the loop's thread only, as is CancelTimer.
  virtual TimerId RunAt(SteadyTime when, Task task) = 0;
  // Does nothing if the timer has run or was cancelled.
  virtual void CancelTimer(TimerId timer) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CLOCK_EVENT_LOOP_H_
