// The channel to a backend process on a Unix socket, and the question whether it serves (grpc.health.v1).
//
// Threads: any.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_WORKER_HEALTH_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_WORKER_HEALTH_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/servers/backend/remote_queue.h"
#include "grpcpp/channel.h"

namespace idlewarden::agent {

// Connects when first used. Never retries a call by itself: a close must not be sent twice.
std::shared_ptr<grpc::Channel> MakeWorkerChannel(const std::string& socket_path);

// Waits until the backend can be reached and answers, at most `timeout`. OK if it serves. `done` is called exactly
// once, on the queue's thread, also when the returned function is called, which ends the wait.
std::function<void()> CheckHealth(const std::shared_ptr<grpc::Channel>& channel, RemoteQueue* queue,
                                  absl::Duration timeout, std::function<void(absl::Status)> done);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_WORKER_HEALTH_H_
