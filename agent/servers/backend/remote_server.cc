#include "agent/servers/backend/remote_server.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/servers/backend/remote_messages.h"
#include "agent/servers/backend/remote_queue.h"
#include "agent/servers/server_error.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "proto/idlewarden/backend/v1/backend.grpc.pb.h"
#include "proto/idlewarden/backend/v1/backend.pb.h"

namespace idlewarden::agent {
namespace {

namespace v1 = idlewarden::backend::v1;

absl::Status Removed() { return ServerError(absl::StatusCode::kCancelled, "internal", 0, "the server was removed"); }

// A relative deadline: gRPC takes the time itself, from its monotonic clock.
gpr_timespec DeadlineIn(absl::Duration duration) {
  return gpr_time_from_micros(absl::ToInt64Microseconds(duration), GPR_TIMESPAN);
}

// What lives as long as the RPC.
template <typename Request, typename Response>
struct Rpc {
  void Prepare(const BackendChannel& backend) {
    stub = v1::SessionBackend::NewStub(backend.channel);
    context.set_deadline(DeadlineIn(backend.remaining));
  }

  grpc::ClientContext context;
  Request request;
  Response response;
  grpc::Status status;
  std::unique_ptr<v1::SessionBackend::Stub> stub;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
};
using EnumerateRpc = Rpc<v1::EnumerateSessionsRequest, v1::EnumerateSessionsResponse>;
using CloseRpc = Rpc<v1::CloseSessionsRequest, v1::CloseSessionsResponse>;

}  // namespace

// The calls of one server that are under way. Shared with them, so that none can outlive what it needs.
class RemoteServer::Calls : public std::enable_shared_from_this<Calls> {
 public:
  // The call itself, or why it cannot be made.
  using Start = std::function<void(absl::StatusOr<BackendChannel>)>;

  Calls(std::string name, SmbSettings settings, BackendConnector* connector)
      : name_(std::move(name)), settings_(std::move(settings)), connector_(connector) {}

  const std::string& name() const { return name_; }
  v1::Target Target() const { return MakeTarget(name_, settings_); }

  // Runs `start` once the backend serves; with an error if it will not, or if the server is destroyed before.
  void WhenReady(absl::Duration timeout, Start start) {
    const uint64_t id = next_waiting_++;
    waiting_[id] = std::move(start);
    connector_->WhenReady(timeout, [weak = weak_from_this(), id](absl::StatusOr<BackendChannel> ready) {
      if (const std::shared_ptr<Calls> calls = weak.lock()) calls->Ready(id, std::move(ready));
    });
  }

  // An RPC begins; false if the server is being destroyed.
  void Begin(grpc::ClientContext* context) {
    std::lock_guard<std::mutex> lock(mutex_);
    running_.insert(context);
  }
  // Its callback has run.
  void End(grpc::ClientContext* context) {
    std::lock_guard<std::mutex> lock(mutex_);
    running_.erase(context);
    ended_.notify_all();
  }

  void CancelAll() {
    while (!waiting_.empty()) {
      for (auto& [id, start] : std::exchange(waiting_, {})) start(Removed());
    }
    std::unique_lock<std::mutex> lock(mutex_);
    for (grpc::ClientContext* context : running_) context->TryCancel();
    ended_.wait(lock, [this] { return running_.empty(); });
  }

 private:
  void Ready(uint64_t id, absl::StatusOr<BackendChannel> ready) {
    const auto it = waiting_.find(id);
    if (it == waiting_.end()) return;
    const Start start = std::move(it->second);
    waiting_.erase(it);
    start(std::move(ready));
  }

  const std::string name_;
  const SmbSettings settings_;
  BackendConnector* const connector_;

  // Of the loop's thread.
  std::map<uint64_t, Start> waiting_;
  uint64_t next_waiting_ = 1;

  std::mutex mutex_;
  std::condition_variable ended_;
  std::set<grpc::ClientContext*> running_;  // guarded by mutex_
};

RemoteServer::RemoteServer(std::string name, SmbSettings settings, BackendConnector* connector)
    : calls_(std::make_shared<Calls>(std::move(name), std::move(settings), connector)) {}

RemoteServer::~RemoteServer() { calls_->CancelAll(); }

const std::string& RemoteServer::name() const { return calls_->name(); }

void RemoteServer::Enumerate(const EnumerateRequest& request, EnumerateCallback done) {
  auto rpc = std::make_shared<EnumerateRpc>();
  *rpc->request.mutable_target() = calls_->Target();
  rpc->request.set_client(BareClient(request.client));
  calls_->WhenReady(request.timeout, [calls = calls_, rpc, done = std::move(done)](auto ready) {
    if (!ready.ok()) return done(ready.status());
    rpc->Prepare(*ready);
    calls->Begin(&rpc->context);
    rpc->reader = rpc->stub->AsyncEnumerateSessions(&rpc->context, rpc->request, ready->queue->completion_queue());
    rpc->reader->Finish(&rpc->response, &rpc->status, RemoteQueue::Tag([calls, rpc, done] {
      if (rpc->status.ok()) {
        done(EnumerationFromResponse(rpc->response));
      } else {
        done(ErrorFromRpc(rpc->status, rpc->context));
      }
      calls->End(&rpc->context);
    }));
  });
}

void RemoteServer::Close(const CloseRequest& request, CloseCallback done) {
  if (request.client.empty() || request.user.empty()) {
    done(absl::InvalidArgumentError("a close names a client and a user: an empty one would mean all"));
    return;
  }
  Send(request, false, false, std::move(done));
}

void RemoteServer::CloseWildcard(const CloseRequest& request, bool all_clients, bool all_users, CloseCallback done) {
  if ((request.client.empty() && !all_clients) || (request.user.empty() && !all_users)) {
    done(absl::InvalidArgumentError("an empty client or user means all, which has to be said"));
    return;
  }
  Send(request, all_clients, all_users, std::move(done));
}

void RemoteServer::Send(const CloseRequest& request, bool all_clients, bool all_users, CloseCallback done) {
  auto rpc = std::make_shared<CloseRpc>();
  *rpc->request.mutable_target() = calls_->Target();
  rpc->request.set_client(request.client);
  rpc->request.set_user(request.user);
  rpc->request.set_all_clients(all_clients);
  rpc->request.set_all_users(all_users);
  calls_->WhenReady(request.timeout, [calls = calls_, rpc, done = std::move(done)](auto ready) {
    if (!ready.ok()) return done(ready.status());
    rpc->Prepare(*ready);
    calls->Begin(&rpc->context);
    rpc->reader = rpc->stub->AsyncCloseSessions(&rpc->context, rpc->request, ready->queue->completion_queue());
    rpc->reader->Finish(&rpc->response, &rpc->status, RemoteQueue::Tag([calls, rpc, done] {
      done(rpc->status.ok() ? absl::OkStatus() : ErrorFromRpc(rpc->status, rpc->context));
      calls->End(&rpc->context);
    }));
  });
}

}  // namespace idlewarden::agent
