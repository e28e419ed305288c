#include "tools/cli/control_client.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/control/unix_socket.h"
#include "grpcpp/grpcpp.h"

namespace idlewarden::tools {
namespace {

namespace pb = ::idlewarden::control::v1;

// ": reason", or nothing where the system has none.
std::string Reason(absl::string_view address) {
  if (!absl::ConsumePrefix(&address, "unix:")) return "";
  const std::string why = agent::WhyNotReachable(std::string(address));
  return why.empty() ? "" : absl::StrCat(": ", why);
}

}  // namespace

ControlClient::ControlClient(const std::string& address, absl::Duration timeout)
    : address_(absl::StartsWith(address, "/") ? absl::StrCat("unix:", address) : address),
      timeout_(timeout),
      channel_(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials())),
      stub_(Service::NewStub(channel_)) {}

template <typename Request, typename Response>
absl::StatusOr<Response> ControlClient::Call(Method<Request, Response> method, const Request& request) {
  grpc::ClientContext context;
  SetDeadline(context);
  Response response;
  const absl::Status called = Explain((stub_.get()->*method)(&context, request, &response));
  if (!called.ok()) return called;
  return response;
}

absl::StatusOr<pb::Status> ControlClient::GetStatus() {
  return Call(&Service::Stub::GetStatus, pb::GetStatusRequest());
}

absl::Status ControlClient::ListSessions(const std::string& server,
                                         const std::function<void(const pb::Session&)>& each) {
  grpc::ClientContext context;
  SetDeadline(context);
  pb::ListSessionsRequest request;
  request.set_server(server);
  const auto reader = stub_->ListSessions(&context, request);
  pb::Session session;
  while (reader->Read(&session)) each(session);
  return Explain(reader->Finish());
}

absl::Status ControlClient::ListDecisions(bool include_keep, const std::function<void(const pb::Session&)>& each) {
  grpc::ClientContext context;
  SetDeadline(context);
  pb::ListDecisionsRequest request;
  request.set_include_keep(include_keep);
  const auto reader = stub_->ListDecisions(&context, request);
  pb::Session session;
  while (reader->Read(&session)) each(session);
  return Explain(reader->Finish());
}

absl::StatusOr<pb::ReloadPolicyResponse> ControlClient::ReloadPolicy(const std::string& by) {
  pb::ReloadPolicyRequest request;
  request.set_by(by);
  return Call(&Service::Stub::ReloadPolicy, request);
}

absl::StatusOr<pb::Status> ControlClient::Pause(const std::string& reason, const std::string& by) {
  pb::PauseRequest request;
  request.set_reason(reason);
  request.set_by(by);
  return Call(&Service::Stub::Pause, request);
}

absl::StatusOr<pb::Status> ControlClient::Resume(const std::string& by) {
  pb::ResumeRequest request;
  request.set_by(by);
  return Call(&Service::Stub::Resume, request);
}

absl::StatusOr<pb::Status> ControlClient::ApprovePlan(const pb::ApprovePlanRequest& request) {
  return Call(&Service::Stub::ApprovePlan, request);
}

absl::StatusOr<pb::Exemption> ControlClient::AddExemption(const pb::AddExemptionRequest& request) {
  return Call(&Service::Stub::AddExemption, request);
}

absl::StatusOr<pb::Exemption> ControlClient::RemoveExemption(const pb::RemoveExemptionRequest& request) {
  return Call(&Service::Stub::RemoveExemption, request);
}

absl::StatusOr<pb::ListExemptionsResponse> ControlClient::ListExemptions() {
  return Call(&Service::Stub::ListExemptions, pb::ListExemptionsRequest());
}

absl::StatusOr<pb::Status> ControlClient::RestoreRule(const pb::RestoreRuleRequest& request) {
  return Call(&Service::Stub::RestoreRule, request);
}

absl::Status ControlClient::RecordSnapshot(const std::function<void(const std::string&)>& each) {
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = stub_->RecordSnapshot(&context, pb::RecordSnapshotRequest());
  pb::SnapshotChunk chunk;
  while (reader->Read(&chunk)) each(chunk.json());
  return Explain(reader->Finish());
}

// A time span: gRPC counts it from the call.
void ControlClient::SetDeadline(grpc::ClientContext& context) const {
  context.set_deadline(gpr_time_from_millis(absl::ToInt64Milliseconds(timeout_), GPR_TIMESPAN));
}

absl::Status ControlClient::Explain(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      if (channel_->GetState(false) == GRPC_CHANNEL_READY) {
        return absl::Status(code, absl::StrCat("the agent at ", address_, " cannot tell yet: ", status.error_message(),
                                               ". Ask again in a moment."));
      }
      return absl::Status(code, absl::StrCat("no agent answers at ", address_, Reason(address_),
                                             ". Is idlewardend running, and may you open its socket? Name another one "
                                             "with --agent unix:PATH or the variable IDLEWARDEN_AGENT."));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::Status(code, absl::StrCat("the agent at ", address_, " did not answer within ",
                                             absl::FormatDuration(timeout_), ". Its log may say why."));
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::Status(code, absl::StrCat("the agent at ", address_,
                                             " does not know this call: it is of another version, or no agent. Compare "
                                             "`idlewarden status` with `idlewarden --version`."));
    default:
      return absl::Status(code, absl::StrCat("the agent refused: ", status.error_message()));
  }
}

}  // namespace idlewarden::tools
