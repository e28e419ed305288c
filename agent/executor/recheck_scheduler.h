// RecheckScheduler: runs the enumerations that verify a session right before and right after a close.
//
// Requests for the same server are batched: a request that arrives while an enumeration is in flight joins the next
// one, so a result is never older than the request that it answers. In a batch, requests for one client share an
// enumeration that is filtered by it. Where several clients are asked for, or where the server was found not to filter
// by its own spelling, one enumeration of all sessions serves everybody.
//
// Threads: the event loop only. After it is destroyed nobody is answered.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_RECHECK_SCHEDULER_H_
#define IDLEWARDEN_AGENT_EXECUTOR_RECHECK_SCHEDULER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/steady_time.h"
#include "agent/servers/server_calls.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

struct RecheckResult {
  absl::StatusOr<std::shared_ptr<const Enumeration>> enumeration;  // may have other clients' sessions as well
  SteadyTime asked_at;                                             // when the server was asked
  bool whole = false;                                              // all sessions were asked for, without a filter
};

class RecheckScheduler {
 public:
  using Callback = std::function<void(const RecheckResult&)>;

  // `timeout`: of each enumeration.
  RecheckScheduler(EventLoop& loop, ServerCalls& calls, absl::Duration timeout)
      : loop_(loop), calls_(calls), timeout_(timeout) {}
  RecheckScheduler(const RecheckScheduler&) = delete;
  RecheckScheduler& operator=(const RecheckScheduler&) = delete;

  struct Request {
    std::string client;       // spelled as the server spells it
    bool whole = false;       // without a filter
    absl::Duration may_wait;  // for other requests for the server
  };
  // `done` is called once, on the loop. `server` must stay until Forget.
  void Recheck(SessionServer& server, const Request& request, Callback done);

  // The server's filter hides what is there: from now on it is asked without one.
  void DistrustFilter(absl::string_view server);

  // The server leaves: its requests are not answered any more.
  void Forget(absl::string_view server);

 private:
  struct Pending {
    Request request;
    Callback done;
  };
  struct Server {
    SessionServer* server;
    std::vector<Pending> waiting;
    size_t calls_in_flight = 0;
    bool filters = true;
  };

  void ScheduleBatch(const std::shared_ptr<Server>& server, absl::Duration wait);
  // No-op if nothing is requested, or a batch is in flight.
  void StartBatch(const std::shared_ptr<Server>& server);
  void Enumerate(const std::shared_ptr<Server>& server, bool whole, std::vector<Pending> requests);

  EventLoop& loop_;
  ServerCalls& calls_;
  absl::Duration timeout_;
  std::map<std::string, std::shared_ptr<Server>, std::less<>> servers_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_RECHECK_SCHEDULER_H_
