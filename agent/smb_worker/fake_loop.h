// SPDX-License-Identifier: GPL-3.0-or-later
//
// FakeLoop: a Loop for tests, one thread, simulated time. Tasks run in RunPending and Advance, in order.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_FAKE_LOOP_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_FAKE_LOOP_H_

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "agent/smb_worker/loop.h"

namespace idlewarden::smb {

class FakeLoop final : public Loop {
 public:
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  TimePoint Now() const override { return now_; }

  TimerId RunAt(TimePoint when, Task task) override {
    timers_[{when, ++last_timer_}] = std::move(task);
    return last_timer_;
  }

  void CancelTimer(TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }

  void RunPending() {
    while (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }

  // Moves time on, running each timer at its time.
  void Advance(std::chrono::milliseconds by) {
    const TimePoint end = now_ + by;
    RunPending();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      now_ = std::max(now_, timers_.begin()->first.first);
      Task task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      task();
      RunPending();
    }
    now_ = end;
  }

  // Moves time on and runs nothing: what a loop does that is held up.
  void Block(std::chrono::milliseconds by) { now_ += by; }

  size_t timers() const { return timers_.size(); }

 private:
  TimePoint now_{std::chrono::hours(1)};
  std::deque<Task> tasks_;
  std::map<std::pair<TimePoint, TimerId>, Task> timers_;
  TimerId last_timer_ = 0;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_FAKE_LOOP_H_
