// Where a RemoteServer finds the process that serves proto/idlewarden/backend/v1.
//
// WorkerProcess is the one that starts such a process itself; StaticChannelBackend (static_channel_backend.h) is a
// channel that is there already.
//
// Threads: the event loop's. A connector outlives the servers that use it.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_BACKEND_CONNECTOR_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_BACKEND_CONNECTOR_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace idlewarden::agent {

class RemoteQueue;

// What a call to a backend that serves needs.
struct BackendChannel {
  std::shared_ptr<grpc::Channel> channel;
  RemoteQueue* queue;        // where answers arrive; lives as long as the connector
  absl::Duration remaining;  // of the time that the caller had for waiting and calling
};

class BackendConnector {
 public:
  using ReadyCallback = std::function<void(absl::StatusOr<BackendChannel>)>;

  virtual ~BackendConnector() = default;

  // Calls `ready` once, on the loop's thread, possibly within the call: with a channel as soon as the backend serves,
  // or with an error of cause `worker` once `timeout` has passed or it is clear that it will not serve in time.
  virtual void WhenReady(absl::Duration timeout, ReadyCallback ready) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_BACKEND_CONNECTOR_H_
