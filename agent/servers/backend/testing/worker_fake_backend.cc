#include "agent/servers/backend/testing/worker_fake_backend.h"

#include <poll.h>
#include <signal.h>

#include <string>

#include "agent/servers/backend/remote_messages.h"

namespace idlewarden::agent {
namespace {

namespace v1 = idlewarden::backend::v1;

grpc::Status Fail(grpc::ServerContext* context, grpc::StatusCode code, const std::string& cause,
                  uint32_t windows_error) {
  v1::ErrorDetail detail;
  detail.set_cause(cause);
  detail.set_windows_error(windows_error);
  context->AddTrailingMetadata(kErrorDetailTrailer, detail.SerializeAsString());
  return grpc::Status(code, "the fake says " + cause);
}

// What an address asks for, or OK.
grpc::Status Behave(grpc::ServerContext* context, const std::string& address) {
  if (address == "denied") return Fail(context, grpc::StatusCode::PERMISSION_DENIED, "access-denied", 5);
  if (address == "timeout") return Fail(context, grpc::StatusCode::DEADLINE_EXCEEDED, "timeout", 0);
  if (address == "invented") return Fail(context, grpc::StatusCode::UNKNOWN, "something\nnew", 1);
  if (address == "crash") raise(SIGKILL);
  if (address == "hang") {
    while (!context->IsCancelled()) poll(nullptr, 0, 1);
    return grpc::Status(grpc::StatusCode::CANCELLED, "gone");
  }
  return grpc::Status::OK;
}

void AddRow(const std::string& client, const std::string& user, uint32_t idle, uint32_t age,
            v1::EnumerateSessionsResponse* response) {
  v1::Session& row = *response->add_sessions();
  row.set_client(client);
  row.set_user(user);
  row.set_idle_seconds(idle);
  row.set_age_seconds(age);
  row.set_open_files(1);
  row.set_user_flags(0);
}

}  // namespace

grpc::Status FakeBackend::EnumerateSessions(grpc::ServerContext* context, const v1::EnumerateSessionsRequest* request,
                                            v1::EnumerateSessionsResponse* response) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    enumerations_.push_back(*request);
  }
  const std::string& address = request->target().address();
  const grpc::Status status = Behave(context, address);
  if (!status.ok()) return status;
  if (address == "level0") {
    response->add_sessions()->set_client("10.0.0.1");
    return grpc::Status::OK;
  }
  response->set_samba_like(address == "samba");
  response->set_level(address == "samba" ? 1 : 502);
  AddRow("\\\\10.0.0.1", "alice", 30, 60, response);
  AddRow("10.0.0.2", "bob", 0, 0xffffffff, response);
  response->mutable_sessions(1)->set_user_flags(3);
  if (address == "samba") return grpc::Status::OK;
  AddRow("10.0.0.9", "svc-idlewarden", 0, 5, response);
  response->mutable_sessions(0)->set_transport("");
  response->mutable_own()->set_user("CORP\\svc-idlewarden");
  response->mutable_own()->set_address("10.0.0.9");
  return grpc::Status::OK;
}

grpc::Status FakeBackend::CloseSessions(grpc::ServerContext* context, const v1::CloseSessionsRequest* request,
                                        v1::CloseSessionsResponse* response) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closes_.push_back(*request);
  }
  return Behave(context, request->target().address());
}

std::vector<v1::EnumerateSessionsRequest> FakeBackend::enumerations() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return enumerations_;
}

std::vector<v1::CloseSessionsRequest> FakeBackend::closes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return closes_;
}

}  // namespace idlewarden::agent
