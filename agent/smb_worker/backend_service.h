// SPDX-License-Identifier: GPL-3.0-or-later
//
// The gRPC service SessionBackend over a ServerPool: translates messages, deadlines, cancellations and errors, and
// hands each call over to the loop's thread.
//
// gRPC calls it on its own threads; the pool is touched on the loop's thread only.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_BACKEND_SERVICE_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_BACKEND_SERVICE_H_

#include <chrono>

#include "absl/status/statusor.h"
#include "agent/smb_worker/loop.h"
#include "agent/smb_worker/rpc_pipe.h"
#include "agent/smb_worker/server_pool.h"
#include "grpcpp/grpcpp.h"
#include "proto/idlewarden/backend/v1/backend.grpc.pb.h"

namespace idlewarden::smb {

// Of a call without deadline, and the most that any call may take.
inline constexpr std::chrono::seconds kDefaultTimeout{10};
inline constexpr std::chrono::seconds kLongestTimeout{120};

// InvalidArgument for a target that cannot be meant; auth-failed for one without user and credential cache.
absl::StatusOr<ServerTarget> TargetOf(const backend::v1::Target& target);
// The (client, user) of a close, without leading backslashes. InvalidArgument for an empty name that is not said to be
// meant, and for one that is given although the wildcard is said to be meant.
absl::StatusOr<std::pair<std::string, std::string>> PairOf(const backend::v1::CloseSessionsRequest& request);
void FillResponse(const EnumerateAnswer& answer, backend::v1::EnumerateSessionsResponse& response);
// The detail that goes into the trailer.
backend::v1::ErrorDetail DetailOf(const absl::Status& status);
// When the worker gives up a call that the client gives up at `deadline`: a little earlier, so that the reason arrives.
TimePoint OwnDeadline(TimePoint now, TimePoint deadline);

class BackendService final : public backend::v1::SessionBackend::CallbackService {
 public:
  // Both must outlive the gRPC server.
  BackendService(Loop* loop, ServerPool* pool) : loop_(loop), pool_(pool) {}

  grpc::ServerUnaryReactor* EnumerateSessions(grpc::CallbackServerContext* context,
                                              const backend::v1::EnumerateSessionsRequest* request,
                                              backend::v1::EnumerateSessionsResponse* response) override;
  grpc::ServerUnaryReactor* CloseSessions(grpc::CallbackServerContext* context,
                                          const backend::v1::CloseSessionsRequest* request,
                                          backend::v1::CloseSessionsResponse* response) override;

 private:
  class Call;

  Loop* const loop_;
  ServerPool* const pool_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_BACKEND_SERVICE_H_
