// ServerCalls: calls of SessionServers whose answers arrive on the event loop, exactly once, and by a deadline.
//
// A SessionServer may answer on any thread, and one that is broken may not answer at all. Poller and executor need
// neither case: each call here is answered on the loop, at the latest a grace time after the request's own timeout
// (then with DeadlineExceeded, cause "timeout"). After ServerCalls is destroyed nothing is answered any more.
//
// Threads: the event loop only. The loop must outlive the servers: their last answers are posted to it.

#ifndef IDLEWARDEN_AGENT_SERVERS_SERVER_CALLS_H_
#define IDLEWARDEN_AGENT_SERVERS_SERVER_CALLS_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

class ServerCalls {
 public:
  explicit ServerCalls(EventLoop& loop, absl::Duration grace = absl::Seconds(1));
  ~ServerCalls();
  ServerCalls(const ServerCalls&) = delete;
  ServerCalls& operator=(const ServerCalls&) = delete;

  void Enumerate(SessionServer& server, const EnumerateRequest& request, SessionServer::EnumerateCallback done);
  void Close(SessionServer& server, const CloseRequest& request, SessionServer::CloseCallback done);

 private:
  template <typename Result>
  class Call;

  // Arms the deadline; the returned callback is what the server gets.
  template <typename Result>
  std::function<void(Result)> Start(absl::Duration timeout, std::function<void(Result)> done);

  EventLoop& loop_;
  absl::Duration grace_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_SERVER_CALLS_H_
