// SessionServer: one SMB server in the shape of the NetSession functions. The edge between the agent and the servers.
//
// Implementations: SimulatedServer, RecordedServer, RemoteServer (a backend process over gRPC). Faults in tests come
// from a wrapper that forwards all but one call.

#ifndef IDLEWARDEN_AGENT_SERVERS_SESSION_SERVER_H_
#define IDLEWARDEN_AGENT_SERVERS_SESSION_SERVER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

// What an enumeration is asked for. A server may ignore the filter (Samba does): callers filter the answer again.
struct EnumerateRequest {
  std::string client;  // empty: all clients. Spelled as the server spells it
  absl::Duration timeout = absl::Seconds(10);
};

// One enumeration's answer.
struct Enumeration {
  std::vector<policy::Session> sessions;  // idle times as reported; `own` marked
  // The information level that answered: 502, 2, 1, 10 or 0.
  int level = 502;
  // What a close ends on this server, as far as the answer shows it.
  policy::CloseScope close_scope = policy::CloseScope::kPair;
  // What splits users besides the backslash, where the server tells: see policy::ServerSnapshot.
  std::string domain_separator;
  // Whether the level and the kind of server can report idle times at all. Whether they vary plausibly is judged over
  // several enumerations by IdleTrustJudge.
  bool reports_idle = true;
};

// The pair to close, spelled as the server spelled it. Neither may be empty: an empty argument is a wildcard.
struct CloseRequest {
  std::string client;
  std::string user;
  absl::Duration timeout = absl::Seconds(10);
};

// Threads: methods are called from the event loop's thread. Callbacks run exactly once, on any thread, possibly within
// the call itself; callers that need the loop post to it.
class SessionServer {
 public:
  using EnumerateCallback = std::function<void(absl::StatusOr<Enumeration>)>;
  using CloseCallback = std::function<void(absl::Status)>;

  virtual ~SessionServer() = default;

  // The server's name in the settings; unique.
  virtual const std::string& name() const = 0;

  // NetSessionEnum. Errors carry a cause and, where there is one, the Windows error number (server_error.h).
  virtual void Enumerate(const EnumerateRequest& request, EnumerateCallback done) = 0;

  // Whether a close can end one transport connection and nothing else. Where it cannot, a pair whose scope is its
  // connection must not be closed by its client and user: that would end more than was decided.
  virtual bool CanCloseConnections() const { return false; }

  // NetSessionDel. InvalidArgument for an empty client or user, without a call. Only agent/executor calls this.
  // On Samba error 5 also means "nothing matched", and success only that the request was sent: look again.
  virtual void Close(const CloseRequest& request, CloseCallback done) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_SESSION_SERVER_H_
