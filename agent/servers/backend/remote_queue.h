// RemoteQueue: the one thread on which the answers of a backend's RPCs arrive.
//
// gRPC's callback API is not used on purpose: in gRPC 1.51 it aborts the process when the last reference to a channel
// is dropped within a callback, as happens to calls in flight when a worker dies.
//
// Threads: any. Destroy it when no call is under way, and not on its own thread.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_QUEUE_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_QUEUE_H_

#include <functional>
#include <thread>

#include "grpcpp/completion_queue.h"

namespace idlewarden::agent {

class RemoteQueue {
 public:
  RemoteQueue();
  RemoteQueue(const RemoteQueue&) = delete;
  RemoteQueue& operator=(const RemoteQueue&) = delete;
  ~RemoteQueue();

  grpc::CompletionQueue* completion_queue() { return &queue_; }

  // The tag of one operation on the queue: `done` runs on the queue's thread once it has ended.
  static void* Tag(std::function<void()> done);

 private:
  grpc::CompletionQueue queue_;
  std::thread thread_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_QUEUE_H_
