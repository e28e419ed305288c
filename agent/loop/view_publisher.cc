#include "agent/loop/view_publisher.h"

#include <algorithm>
#include <utility>

namespace idlewarden::agent {

namespace {

// So many times as long as the last view took pass before the next, up to a longest delay, as what it shows gets old
// meanwhile.
constexpr int kBetweenViews = 99;
constexpr absl::Duration kLongestDelay = absl::Seconds(1);

}  // namespace

ViewPublisher::ViewPublisher(EventLoop& loop, absl::Duration delay, Make make)
    : loop_(loop), delay_(delay), make_(std::move(make)) {}

ViewPublisher::~ViewPublisher() { loop_.CancelTimer(timer_); }

void ViewPublisher::Request() {
  if (timer_ != 0) return;
  const absl::Duration delay = std::max(delay_, std::min(kBetweenViews * last_took_, kLongestDelay));
  timer_ = loop_.RunAt(loop_.SteadyNow() + delay, [this] { Publish(); });
}

void ViewPublisher::Publish() {
  loop_.CancelTimer(std::exchange(timer_, 0));
  const SteadyTime began = loop_.SteadyNow();
  std::shared_ptr<const AgentView> published = make_();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    std::swap(view_, published);
  }
  published.reset();  // outside the lock: to free the view before costs as much as to make one
  last_took_ = loop_.SteadyNow() - began;
}

std::shared_ptr<const AgentView> ViewPublisher::view() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return view_;
}

}  // namespace idlewarden::agent
