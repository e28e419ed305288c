// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/tevent_loop.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>

#include "agent/smb_worker/monotonic_clock.h"

extern "C" {
#include <talloc.h>
#include <tevent.h>
}

namespace idlewarden::smb {

// Between tevent's C callback and a task.
struct TeventLoop::Watch {
  Task ready;
  tevent_fd* event = nullptr;

  static void OnEvent(tevent_context*, tevent_fd*, uint16_t, void* watch) {
    const Task ready = static_cast<Watch*>(watch)->ready;  // a copy: it may Unwatch itself
    ready();
  }
};

TeventLoop::TeventLoop(Task first)
    : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      timer_fd_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (wake_fd_ < 0 || timer_fd_ < 0) std::abort();  // no file descriptors at start-up: nothing can work
  if (first) Post(std::move(first));
  thread_ = std::thread([this] { Run(); });
}

TeventLoop::~TeventLoop() {
  Post([this] { stop_ = true; });
  thread_.join();
  close(wake_fd_);
  close(timer_fd_);
}

tevent_fd* TeventLoop::AddFd(int fd, bool write, Watch* watch) {
  // Who waits for writing alone is not told of errors: tevent drops the descriptor without a word.
  const uint16_t flags = write ? TEVENT_FD_READ | TEVENT_FD_WRITE : TEVENT_FD_READ;
  return tevent_add_fd(context_, context_, fd, flags, &Watch::OnEvent, watch);
}

void TeventLoop::Run() {
  context_ = tevent_context_init(nullptr);
  if (context_ == nullptr) std::abort();
  Watch posted{[this] { RunPosted(); }};
  Watch timers{[this] { RunDueTimers(); }};
  if (AddFd(wake_fd_, false, &posted) == nullptr || AddFd(timer_fd_, false, &timers) == nullptr) std::abort();
  while (!stop_ || !outside_.empty()) {
    if (!stop_ && tevent_loop_once(context_) != 0) std::abort();
    for (Task& task : std::exchange(outside_, {})) task();
  }
  talloc_free(context_);
  for (auto& [id, watch] : watches_) delete watch;
}

void TeventLoop::Post(Task task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    posted_.push_back(std::move(task));
  }
  const uint64_t one = 1;
  (void)!write(wake_fd_, &one, sizeof(one));  // cannot fail but by overflow, and then the loop is awake
}

void TeventLoop::RunPosted() {
  uint64_t count = 0;
  (void)!read(wake_fd_, &count, sizeof(count));
  std::vector<Task> tasks;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) task();
}

TimePoint TeventLoop::Now() const { return MonotonicNow(); }

Loop::TimerId TeventLoop::RunAt(TimePoint when, Task task) {
  const TimerId id = ++last_timer_;
  timers_[{when, id}] = std::move(task);
  timer_times_[id] = when;
  ArmTimer();
  return id;
}

void TeventLoop::CancelTimer(TimerId timer) {
  const auto found = timer_times_.find(timer);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, timer});
  timer_times_.erase(found);
}

void TeventLoop::ArmTimer() {
  if (timers_.empty()) return;
  const auto since_epoch = timers_.begin()->first.first.time_since_epoch();
  const int64_t nanoseconds = std::max<int64_t>(1, std::chrono::nanoseconds(since_epoch).count());
  itimerspec spec = {};
  spec.it_value.tv_sec = nanoseconds / 1'000'000'000;
  spec.it_value.tv_nsec = nanoseconds % 1'000'000'000;
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void TeventLoop::RunDueTimers() {
  uint64_t count = 0;
  (void)!read(timer_fd_, &count, sizeof(count));
  while (!timers_.empty() && timers_.begin()->first.first <= Now()) {
    const auto first = timers_.begin();
    const Task task = std::move(first->second);
    timer_times_.erase(first->first.second);
    timers_.erase(first);
    task();
  }
  ArmTimer();
}

void TeventLoop::RunOutside(Task task) {
  outside_.push_back(std::move(task));
  Post([] {});  // wakes the loop, so that it comes by there
}

TeventLoop::WatchId TeventLoop::WatchWritable(int fd, Task ready) {
  auto watch = std::make_unique<Watch>(Watch{std::move(ready)});
  watch->event = AddFd(fd, true, watch.get());
  if (watch->event == nullptr) std::abort();
  watches_[++last_watch_] = watch.release();
  return last_watch_;
}

void TeventLoop::Unwatch(WatchId id) {
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;
  Watch* watch = found->second;
  watches_.erase(found);
  talloc_free(watch->event);
  RunOutside([watch] { delete watch; });
}

}  // namespace idlewarden::smb
