// SPDX-License-Identifier: GPL-3.0-or-later
//
// All servers by name. A server that nobody asked for in a while is forgotten.
//
// Loop's thread only.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_SERVER_POOL_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_SERVER_POOL_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "agent/smb_worker/loop.h"
#include "agent/smb_worker/rpc_pipe.h"
#include "agent/smb_worker/server_link.h"

namespace idlewarden::smb {

class ServerPool {
 public:
  struct CallHandle {
    std::string server;
    ServerLink::CallId call = 0;
  };

  ServerPool(Loop* loop, PipeConnector* connector) : loop_(loop), connector_(connector) {}

  // As ServerLink's. A target without a name is known by its address and port.
  CallHandle Enumerate(const ServerTarget& target, const std::string& client, const std::string& user, CallLimit limit,
                       ServerLink::EnumerateDone done);
  CallHandle Close(const ServerTarget& target, const std::string& client, const std::string& user, CallLimit limit,
                   ServerLink::CloseDone done);
  void Cancel(const CallHandle& handle, const absl::Status& status);

  size_t size() const { return links_.size(); }

 private:
  ServerLink& LinkOf(const std::string& name);
  void Forget(const std::string& name);

  Loop* const loop_;
  PipeConnector* const connector_;
  std::map<std::string, std::unique_ptr<ServerLink>> links_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_SERVER_POOL_H_
