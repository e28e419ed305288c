// RecheckScheduler: the looks before and after closes, shared by the pairs of a server that need one at the same time.
//
// The asks of a server go in rounds: what is asked while a round is under way waits for its end and is in the next one,
// so an answer never shows a time before it was asked for. In a round, asks for one client share an enumeration that is
// filtered by it. Where several clients are asked for, or where the server was found not to filter by its own spelling,
// one enumeration of all sessions serves everybody.
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
#include "agent/servers/server_calls.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

struct RecheckResult {
  absl::StatusOr<std::shared_ptr<const Enumeration>> look;  // may have other clients' sessions as well
  absl::Time asked_at;                                      // when the server was asked
  bool whole = false;                                       // all sessions were asked for, without a filter
};

class RecheckScheduler {
 public:
  using Answered = std::function<void(const RecheckResult&)>;

  // `timeout`: of each enumeration.
  RecheckScheduler(EventLoop& loop, ServerCalls& calls, absl::Duration timeout)
      : loop_(loop), calls_(calls), timeout_(timeout) {}
  RecheckScheduler(const RecheckScheduler&) = delete;
  RecheckScheduler& operator=(const RecheckScheduler&) = delete;

  struct Request {
    std::string client;       // spelled as the server spells it
    bool whole = false;       // without a filter
    absl::Duration may_wait;  // for others who will ask the server
  };
  // Answered once, on the loop. `server` must stay until Forget.
  void Ask(SessionServer& server, const Request& wish, Answered answered);

  // The server's filter hides what is there: from now on it is asked without one.
  void DistrustFilter(absl::string_view server);

  // The server goes: its asks are not answered any more.
  void Forget(absl::string_view server);

 private:
  struct Asked {
    Request wish;
    Answered answered;
  };
  struct Server {
    SessionServer* server;
    std::vector<Asked> waiting;
    size_t calls_under_way = 0;
    bool filters = true;
  };

  void RequestRound(const std::shared_ptr<Server>& server, absl::Duration wait);
  // Does nothing if there is nothing to ask for, or a round is under way.
  void BeginRound(const std::shared_ptr<Server>& server);
  void Call(const std::shared_ptr<Server>& server, bool whole, std::vector<Asked> asked);

  EventLoop& loop_;
  ServerCalls& calls_;
  absl::Duration timeout_;
  std::map<std::string, std::shared_ptr<Server>, std::less<>> servers_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_RECHECK_SCHEDULER_H_
