#include "agent/control/control_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/control/unix_socket.h"
#include "grpc/support/time.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"

namespace idlewarden::agent {

namespace {

constexpr char kServiceName[] = "idlewarden.control.v1.AgentService";
constexpr int64_t kShutdownMilliseconds = 500;

// New files of this process are made with this mode at most, while it lives.
class ScopedUmask {
 public:
  explicit ScopedUmask(mode_t mask) : before_(umask(mask)) {}
  ~ScopedUmask() { umask(before_); }
  ScopedUmask(const ScopedUmask&) = delete;
  ScopedUmask& operator=(const ScopedUmask&) = delete;

 private:
  mode_t before_;
};

}  // namespace

ControlServer::ControlServer(std::unique_ptr<AgentService> service, std::string path)
    : service_(std::move(service)), path_(std::move(path)) {}

absl::StatusOr<std::unique_ptr<ControlServer>> ControlServer::Start(const std::string& address,
                                                                    std::unique_ptr<AgentService> service) {
  absl::string_view path = address;
  if (!absl::ConsumePrefix(&path, "unix:") || path.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(address, ": the control plane listens on unix:PATH only"));
  }
  const std::string file(path);
  if (absl::Status status = RemoveStaleSocket(file); !status.ok()) return status;
  if (absl::Status status = CheckCanListen(file); !status.ok()) return status;
  std::unique_ptr<ControlServer> control(new ControlServer(std::move(service), std::string(path)));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::experimental::LocalServerCredentials(UDS));
  builder.RegisterService(control->service_.get());
  {
    ScopedUmask socket_mode_0660(0117);
    control->server_ = builder.BuildAndStart();
  }
  if (control->server_ == nullptr) return absl::UnavailableError(absl::StrCat("cannot listen on ", address));
  control->SetServing(false);
  return control;
}

ControlServer::~ControlServer() {
  if (server_ == nullptr) return;
  SetServing(false);
  // A time span as deadline counts from now.
  server_->Shutdown(gpr_time_from_millis(kShutdownMilliseconds, GPR_TIMESPAN));
  server_.reset();
  unlink(path_.c_str());
}

void ControlServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus("", serving);
  health->SetServingStatus(kServiceName, serving);
}

}  // namespace idlewarden::agent
