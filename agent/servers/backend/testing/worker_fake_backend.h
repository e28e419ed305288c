// FakeBackend: a session backend for tests, served in this process or by the program worker_fake_main.
//
// What it does is said by the address of the target:
//   "denied"   error 5, cause access-denied          "timeout"  cause timeout with its own detail
//   "hang"     answers only when the call is cancelled "crash"  the process is killed with SIGKILL
//   "samba"    two rows at level 1, samba_like       "invented" a cause that is none of the proto's
//   "level0"   one row without a user
// any other: three rows at level 502, the last of them its own; closes are remembered.
//
// Threads: as gRPC calls it; the accessors from any thread.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_TESTING_WORKER_FAKE_BACKEND_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_TESTING_WORKER_FAKE_BACKEND_H_

#include <mutex>
#include <vector>

#include "proto/idlewarden/backend/v1/backend.grpc.pb.h"

namespace idlewarden::agent {

class FakeBackend final : public backend::v1::SessionBackend::Service {
 public:
  grpc::Status EnumerateSessions(grpc::ServerContext* context, const backend::v1::EnumerateSessionsRequest* request,
                                 backend::v1::EnumerateSessionsResponse* response) override;
  grpc::Status CloseSessions(grpc::ServerContext* context, const backend::v1::CloseSessionsRequest* request,
                             backend::v1::CloseSessionsResponse* response) override;

  std::vector<backend::v1::EnumerateSessionsRequest> enumerations() const;
  std::vector<backend::v1::CloseSessionsRequest> closes() const;

 private:
  mutable std::mutex mutex_;
  std::vector<backend::v1::EnumerateSessionsRequest> enumerations_;  // guarded by mutex_
  std::vector<backend::v1::CloseSessionsRequest> closes_;            // guarded by mutex_
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_TESTING_WORKER_FAKE_BACKEND_H_
