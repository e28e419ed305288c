// RemoteServer: an SMB server behind a backend process that speaks proto/idlewarden/backend/v1 (the SMB worker).
//
// Each call names its target in full, so a backend that was restarted serves at once. Deadlines are the requests'
// timeouts. A failure carries the Windows error number and the cause that the backend sent in the trailer
// `idlewarden-error-bin`; if the backend itself died or is not there, the cause is `worker`.
//
// Threads: as SessionServer. Callbacks run on the loop's thread or on one of gRPC's. The destructor cancels the calls
// in flight and waits until their callbacks have run.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_SERVER_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_SERVER_H_

#include <memory>
#include <string>

#include "agent/servers/backend/backend_connector.h"
#include "agent/servers/session_server.h"
#include "agent/settings/settings.h"

namespace idlewarden::agent {

class RemoteServer final : public SessionServer {
 public:
  // `connector` must outlive the server.
  RemoteServer(std::string name, SmbSettings settings, BackendConnector* connector);
  ~RemoteServer() override;

  const std::string& name() const override;
  void Enumerate(const EnumerateRequest& request, EnumerateCallback done) override;
  void Close(const CloseRequest& request, CloseCallback done) override;

  // The explicit operator command that means a wildcard (netsessiondel): an empty client, or user, is sent as such if
  // the flag says so. The agent never calls it.
  void CloseWildcard(const CloseRequest& request, bool all_clients, bool all_users, CloseCallback done);

 private:
  class Calls;

  void Send(const CloseRequest& request, bool all_clients, bool all_users, CloseCallback done);

  const std::shared_ptr<Calls> calls_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_SERVER_H_
