// FaultServer: a wrapper that forwards all calls to another server but those that its script spoils.
//
// Threads: as SessionServer.

#ifndef IDLEWARDEN_AGENT_SERVERS_SIMULATED_FAULT_SERVER_H_
#define IDLEWARDEN_AGENT_SERVERS_SIMULATED_FAULT_SERVER_H_

#include <memory>
#include <string>
#include <utility>

#include "agent/clock/event_loop.h"
#include "agent/servers/session_server.h"
#include "agent/servers/simulated/fault_script.h"

namespace idlewarden::agent {

class FaultServer final : public SessionServer {
 public:
  FaultServer(std::unique_ptr<SessionServer> inner, EventLoop* loop) : inner_(std::move(inner)), faults_(loop) {}

  const std::string& name() const override { return inner_->name(); }
  void Enumerate(const EnumerateRequest& request, EnumerateCallback done) override;
  void Close(const CloseRequest& request, CloseCallback done) override;
  bool CanCloseConnections() const override { return inner_->CanCloseConnections(); }

  FaultScript& faults() { return faults_; }

 private:
  const std::unique_ptr<SessionServer> inner_;
  FaultScript faults_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_SIMULATED_FAULT_SERVER_H_
