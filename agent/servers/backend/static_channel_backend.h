// StaticChannelBackend: a backend that is there already, as a channel: one of tests, or one that somebody else runs.
//
// Threads: as BackendConnector.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_STATIC_CHANNEL_BACKEND_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_STATIC_CHANNEL_BACKEND_H_

#include <memory>
#include <utility>

#include "agent/servers/backend/backend_connector.h"
#include "agent/servers/backend/remote_queue.h"
#include "grpcpp/channel.h"

namespace idlewarden::agent {

class StaticChannelBackend final : public BackendConnector {
 public:
  explicit StaticChannelBackend(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  void WhenReady(absl::Duration timeout, ReadyCallback ready) override {
    ready(BackendChannel{channel_, &queue_, timeout});
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  RemoteQueue queue_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_STATIC_CHANNEL_BACKEND_H_
