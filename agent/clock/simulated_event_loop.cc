#include "agent/clock/simulated_event_loop.h"

#include <algorithm>

namespace idlewarden::agent {

SimulatedEventLoop::SimulatedEventLoop(absl::Time start) : wall_origin_(start) {}

absl::Time SimulatedEventLoop::Now() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return wall_origin_ + steady_now_.since_origin();
}

SteadyTime SimulatedEventLoop::SteadyNow() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return steady_now_ += time_per_look_;
}

SteadyTime SimulatedEventLoop::Present() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return steady_now_;
}

void SimulatedEventLoop::SetWallClock(absl::Duration step) {
  std::lock_guard<std::mutex> lock(mutex_);
  wall_origin_ += step;
}

void SimulatedEventLoop::Stall(absl::Duration duration) { SetSteadyNow(Present() + duration); }

void SimulatedEventLoop::SetSteadyNow(SteadyTime now) {
  std::lock_guard<std::mutex> lock(mutex_);
  steady_now_ = now;
}

void SimulatedEventLoop::Post(Task task) {
  std::lock_guard<std::mutex> lock(mutex_);
  posted_.push_back(std::move(task));
}

EventLoop::TimerId SimulatedEventLoop::RunAt(SteadyTime when, Task task) {
  const TimerId id = next_timer_++;
  timers_.emplace(TimerKey(when, id), std::move(task));
  deadlines_.emplace(id, when);
  return id;
}

void SimulatedEventLoop::CancelTimer(TimerId timer) {
  auto it = deadlines_.find(timer);
  if (it == deadlines_.end()) return;
  timers_.erase(TimerKey(it->second, timer));
  deadlines_.erase(it);
}

bool SimulatedEventLoop::RunPosted() {
  Task task;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (posted_.empty()) return false;
    task = std::move(posted_.front());
    posted_.pop_front();
  }
  task();
  return true;
}

bool SimulatedEventLoop::RunTimerDue() {
  if (timers_.empty() || timers_.begin()->first.first > Present()) return false;
  auto node = timers_.extract(timers_.begin());
  deadlines_.erase(node.key().second);
  node.mapped()();
  return true;
}

size_t SimulatedEventLoop::RunUntilIdle() {
  size_t ran = 0;
  while (RunPosted() || RunTimerDue()) ++ran;
  return ran;
}

size_t SimulatedEventLoop::AdvanceTo(SteadyTime when) {
  size_t ran = RunUntilIdle();
  while (!timers_.empty() && timers_.begin()->first.first <= when) {
    SetSteadyNow(std::max(Present(), timers_.begin()->first.first));
    ran += RunUntilIdle();
  }
  SetSteadyNow(std::max(Present(), when));
  return ran + RunUntilIdle();
}

std::optional<SteadyTime> SimulatedEventLoop::NextTimer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

}  // namespace idlewarden::agent
