// ControlServer: serves the control plane on a Unix socket, with the standard health service and reflection.
//
// The socket's file mode (0660) and its directory are the guard: whoever may open it may steer the agent.
//
// Threads: made and destroyed on one thread; SetServing from any.

#ifndef IDLEWARDEN_AGENT_CONTROL_CONTROL_SERVER_H_
#define IDLEWARDEN_AGENT_CONTROL_CONTROL_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/control/agent_service.h"
#include "grpcpp/grpcpp.h"

namespace idlewarden::agent {

class ControlServer {
 public:
  // `address`: unix:PATH. A socket that a dead agent left is replaced; AlreadyExists if somebody answers on it,
  // InvalidArgument for another kind of address or a path that is too long for a socket, Unavailable if it cannot be
  // bound. Health says not-serving until SetServing(true).
  static absl::StatusOr<std::unique_ptr<ControlServer>> Start(const std::string& address,
                                                              std::unique_ptr<AgentService> service);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  // Gives calls in flight half a second, then cancels them; removes the socket.
  ~ControlServer();

  void SetServing(bool serving);

 private:
  ControlServer(std::unique_ptr<AgentService> service, std::string path);

  std::unique_ptr<AgentService> service_;
  std::string path_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CONTROL_CONTROL_SERVER_H_
