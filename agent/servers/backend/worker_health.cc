#include "agent/servers/backend/worker_health.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/channel_arguments.h"

namespace idlewarden::agent {
namespace {

constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
// HealthCheckResponse{status: SERVING}: the messages are so small that generated code for them is not worth having.
constexpr char kServing[] = {'\x08', '\x01'};
// 10,000 sessions take about a megabyte.
constexpr int kMaxReplyBytes = 64 << 20;

struct Check {
  grpc::ClientContext context;
  grpc::ByteBuffer request;  // HealthCheckRequest{service: ""}
  grpc::ByteBuffer response;
  grpc::Status status;
  std::unique_ptr<grpc::GenericStub> stub;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
};

bool IsServing(const grpc::ByteBuffer& response) {
  std::vector<grpc::Slice> slices;
  if (!response.Dump(&slices).ok()) return false;
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes == std::string(kServing, sizeof(kServing));
}

absl::Status Judge(const grpc::Status& status, const grpc::ByteBuffer& response) {
  // A backend without a health service that answers at all is good enough.
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return absl::OkStatus();
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        absl::StrCat("no answer to the health check: ", status.error_message()));
  }
  return IsServing(response) ? absl::OkStatus() : absl::UnavailableError("it says that it is not serving");
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeWorkerChannel(const std::string& socket_path) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // A worker that is starting listens within milliseconds: ask again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  return grpc::CreateCustomChannel(absl::StrCat("unix:", socket_path), grpc::InsecureChannelCredentials(), arguments);
}

std::function<void()> CheckHealth(const std::shared_ptr<grpc::Channel>& channel, RemoteQueue* queue,
                                  absl::Duration timeout, std::function<void(absl::Status)> done) {
  auto check = std::make_shared<Check>();
  check->stub = std::make_unique<grpc::GenericStub>(channel);
  const grpc::Slice nothing;
  check->request = grpc::ByteBuffer(&nothing, 1);
  check->context.set_wait_for_ready(true);
  check->context.set_deadline(gpr_time_from_micros(absl::ToInt64Microseconds(timeout), GPR_TIMESPAN));
  check->reader = check->stub->PrepareUnaryCall(&check->context, kMethod, check->request, queue->completion_queue());
  check->reader->StartCall();
  check->reader->Finish(&check->response, &check->status, RemoteQueue::Tag([check, done = std::move(done)] {
    done(Judge(check->status, check->response));
  }));
  return [weak = std::weak_ptr<Check>(check)] {
    if (const std::shared_ptr<Check> running = weak.lock()) running->context.TryCancel();
  };
}

}  // namespace idlewarden::agent
