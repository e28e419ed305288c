// SPDX-License-Identifier: GPL-3.0-or-later
//
// The whole way to a server's srvsvc pipe: read the password, resolve the name, find an address that accepts, log on.
//
// Loop's thread only.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_SERVER_CONNECTOR_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_SERVER_CONNECTOR_H_

#include <memory>

#include "absl/status/statusor.h"
#include "agent/smb_worker/dcerpc_pipe.h"
#include "agent/smb_worker/resolver.h"
#include "agent/smb_worker/rpc_pipe.h"
#include "agent/smb_worker/socket_registry.h"
#include "agent/smb_worker/tevent_loop.h"

namespace idlewarden::smb {

class ServerConnector final : public PipeConnector {
 public:
  explicit ServerConnector(TeventLoop* loop);

  std::unique_ptr<PendingConnect> Connect(const ServerTarget& target, ConnectDone done) override;

 private:
  class Attempt;

  TeventLoop* const loop_;
  SocketRegistry sockets_;
  Resolver resolver_;
  DcerpcConnector dcerpc_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_SERVER_CONNECTOR_H_
