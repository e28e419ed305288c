#include "agent/names/query_queue.h"

#include <algorithm>
#include <utility>

namespace idlewarden::agent {

namespace {

constexpr absl::Duration kSlack = absl::Milliseconds(100);

}  // namespace

QueryQueue::QueryQueue(EventLoop& loop, DnsClient& dns, double per_second, size_t in_flight)
    : loop_(loop),
      dns_(dns),
      period_(absl::Seconds(1) / std::max(per_second, 1e-3)),
      slack_(std::max(kSlack - period_, absl::ZeroDuration())),
      most_in_flight_(std::max<size_t>(in_flight, 1)) {}

QueryQueue::~QueryQueue() { loop_.CancelTimer(timer_); }

void QueryQueue::Push(Priority priority, Query query) {
  waiting_[static_cast<size_t>(priority)].push_back(std::move(query));
  Work();
}

size_t QueryQueue::waiting() const {
  size_t count = 0;
  for (const std::deque<Query>& queue : waiting_) count += queue.size();
  return count;
}

void QueryQueue::Work() {
  const SteadyTime now = loop_.SteadyNow();
  while (in_flight_ < most_in_flight_ && next_ - slack_ <= now && AskNext()) {
    next_ = std::max(next_, now) + period_;
  }
  SetTimer();
}

bool QueryQueue::AskNext() {
  for (std::deque<Query>& queue : waiting_) {
    while (!queue.empty()) {
      Query query = std::move(queue.front());
      queue.pop_front();
      if (query.is_wanted != nullptr && !query.is_wanted()) continue;
      ++in_flight_;
      dns_.Ask(query.question, lifetime_.Guard([this, done = std::move(query.done)](DnsAnswer answer) {
        --in_flight_;
        done(std::move(answer));
        Work();
      }));
      return true;
    }
  }
  return false;
}

void QueryQueue::SetTimer() {
  // An answer calls Work() when all places are taken; then no timer is needed.
  if (timer_ != 0 || waiting() == 0 || in_flight_ >= most_in_flight_) return;
  timer_ = loop_.RunAt(next_, [this] {
    timer_ = 0;
    Work();
  });
}

}  // namespace idlewarden::agent
