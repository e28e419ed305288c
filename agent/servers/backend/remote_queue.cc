#include "agent/servers/backend/remote_queue.h"

#include <memory>
#include <utility>

namespace idlewarden::agent {
namespace {

using Done = std::function<void()>;

void Serve(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;  // always true for Finish of a unary call
  while (queue->Next(&tag, &ok)) {
    const std::unique_ptr<Done> done(static_cast<Done*>(tag));
    (*done)();
  }
}

}  // namespace

RemoteQueue::RemoteQueue() : thread_([this] { Serve(&queue_); }) {}

RemoteQueue::~RemoteQueue() {
  queue_.Shutdown();
  thread_.join();
}

void* RemoteQueue::Tag(std::function<void()> done) { return new Done(std::move(done)); }

}  // namespace idlewarden::agent
