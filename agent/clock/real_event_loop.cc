#include "agent/clock/real_event_loop.h"

#include <algorithm>
#include <iterator>

namespace idlewarden::agent {
namespace {

using std::chrono::steady_clock;

// Far enough to mean never, near enough that adding it to now does not overflow.
constexpr absl::Duration kLongestDelay = absl::Hours(24 * 365 * 10);

}  // namespace

void RealEventLoop::Post(Task task) {
  std::lock_guard<std::mutex> lock(mutex_);
  posted_.push_back(std::move(task));
  // Under the lock: the loop may be destroyed as soon as the task has run.
  wake_.notify_one();
}

EventLoop::TimerId RealEventLoop::RunAt(SteadyTime when, Task task) {
  const absl::Duration delay = std::clamp(when - SteadyNow(), absl::ZeroDuration(), kLongestDelay);
  // Rounded up, so that a timer never fires before its time.
  const Deadline deadline = steady_clock::now() + absl::ToChronoNanoseconds(absl::Ceil(delay, absl::Nanoseconds(1)));
  const TimerId id = next_timer_++;
  timers_.emplace(TimerKey(deadline, id), std::move(task));
  deadlines_.emplace(id, deadline);
  return id;
}

void RealEventLoop::CancelTimer(TimerId timer) {
  auto it = deadlines_.find(timer);
  if (it == deadlines_.end()) return;
  timers_.erase(TimerKey(it->second, timer));
  deadlines_.erase(it);
}

void RealEventLoop::Run() {
  for (;;) {
    bool stopped = false;
    std::vector<Task> batch = WaitForWork(&stopped);
    if (stopped || !RunBatch(std::move(batch)) || !RunDueTimers()) break;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  stop_ = false;
}

void RealEventLoop::Stop() {
  std::lock_guard<std::mutex> lock(mutex_);
  stop_ = true;
  wake_.notify_one();
}

std::vector<EventLoop::Task> RealEventLoop::WaitForWork(bool* stopped) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto has_work = [this] { return stop_ || !posted_.empty(); };
  if (timers_.empty()) {
    wake_.wait(lock, has_work);
  } else {
    wake_.wait_until(lock, timers_.begin()->first.first, has_work);
  }
  *stopped = stop_;
  return *stopped ? std::vector<Task>() : std::exchange(posted_, {});
}

bool RealEventLoop::RunBatch(std::vector<Task> batch) {
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i]();
    batch[i] = nullptr;
    if (stop_requested()) {
      PutBack({std::make_move_iterator(batch.begin() + i + 1), std::make_move_iterator(batch.end())});
      return false;
    }
  }
  return true;
}

bool RealEventLoop::RunDueTimers() {
  // Timers set by these timers wait for the next round: a timer that sets itself again at once cannot starve tasks.
  const Deadline now = steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    deadlines_.erase(node.key().second);
    node.mapped()();
    if (stop_requested()) return false;
  }
  return true;
}

bool RealEventLoop::stop_requested() {
  std::lock_guard<std::mutex> lock(mutex_);
  return stop_;
}

void RealEventLoop::PutBack(std::vector<Task> tasks) {
  std::lock_guard<std::mutex> lock(mutex_);
  posted_.insert(posted_.begin(), std::make_move_iterator(tasks.begin()), std::make_move_iterator(tasks.end()));
}

}  // namespace idlewarden::agent
