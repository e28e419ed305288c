// Calls an agent's control plane and turns what goes wrong into a sentence that says what to do.
//
// Blocking, one call at a time; not thread-safe.

#ifndef IDLEWARDEN_TOOLS_CLI_CONTROL_CLIENT_H_
#define IDLEWARDEN_TOOLS_CLI_CONTROL_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/idlewarden/control/v1/control.grpc.pb.h"

namespace idlewarden::tools {

// Where `--agent` and IDLEWARDEN_AGENT are not given.
inline constexpr char kDefaultAgent[] = "unix:/run/idlewarden/control.sock";

class ControlClient {
 public:
  // `address`: `unix:PATH`; a bare absolute path is taken as one. Every call ends after `timeout`.
  explicit ControlClient(const std::string& address, absl::Duration timeout = absl::Seconds(10));

  using Service = control::v1::AgentService;

  absl::StatusOr<control::v1::Status> GetStatus();
  absl::Status ListSessions(const std::string& server, const std::function<void(const control::v1::Session&)>& each);
  absl::Status ListDecisions(bool include_keep, const std::function<void(const control::v1::Session&)>& each);
  absl::StatusOr<control::v1::ReloadPolicyResponse> ReloadPolicy(const std::string& by);
  absl::StatusOr<control::v1::Status> Pause(const std::string& reason, const std::string& by);
  absl::StatusOr<control::v1::Status> Resume(const std::string& by);
  absl::StatusOr<control::v1::Status> ApprovePlan(const control::v1::ApprovePlanRequest& request);
  absl::StatusOr<control::v1::Exemption> AddExemption(const control::v1::AddExemptionRequest& request);
  absl::StatusOr<control::v1::Exemption> RemoveExemption(const control::v1::RemoveExemptionRequest& request);
  absl::StatusOr<control::v1::ListExemptionsResponse> ListExemptions();
  absl::StatusOr<control::v1::Status> RestoreRule(const control::v1::RestoreRuleRequest& request);
  // `each` gets the pieces of one JSON text.
  absl::Status RecordSnapshot(const std::function<void(const std::string&)>& each);

 private:
  template <typename Request, typename Response>
  using Method = grpc::Status (Service::Stub::*)(grpc::ClientContext*, const Request&, Response*);
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Request, Response> method, const Request& request);

  void SetDeadline(grpc::ClientContext& context) const;
  absl::Status Explain(const grpc::Status& status) const;

  std::string address_;
  absl::Duration timeout_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Service::Stub> stub_;
};

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_CONTROL_CLIENT_H_
