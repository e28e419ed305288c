// ViewPublisher: makes views of the agent when something has changed, not too often, and hands out the newest one.
//
// A view of a fleet of thousands of servers takes long to make: nearly all of the loop's time is left to everything
// else, so the next one comes after a multiple of the time that the last one took.
//
// Threads: the event loop only, but for view(), which any thread may call.

#ifndef IDLEWARDEN_AGENT_LOOP_VIEW_PUBLISHER_H_
#define IDLEWARDEN_AGENT_LOOP_VIEW_PUBLISHER_H_

#include <functional>
#include <memory>
#include <mutex>

#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/loop/agent_view.h"

namespace idlewarden::agent {

class ViewPublisher {
 public:
  using Make = std::function<std::shared_ptr<const AgentView>()>;

  // `delay`: from a request to the view that shows it, at least.
  ViewPublisher(EventLoop& loop, absl::Duration delay, Make make);
  ~ViewPublisher();
  ViewPublisher(const ViewPublisher&) = delete;
  ViewPublisher& operator=(const ViewPublisher&) = delete;

  // A view within `delay`, or a second where views take long.
  void Request();
  // One at once, for what an operator waits for.
  void Publish();

  // Null before the first.
  std::shared_ptr<const AgentView> view() const;

 private:
  EventLoop& loop_;
  const absl::Duration delay_;
  const Make make_;
  absl::Duration last_took_;
  EventLoop::TimerId timer_ = 0;

  mutable std::mutex mutex_;
  std::shared_ptr<const AgentView> view_;  // guarded by mutex_
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_VIEW_PUBLISHER_H_
