// AgentService: the control plane's RPCs, each a translation between messages and the loop's values.
//
// What only asks is answered from the loop's published view, on gRPC's own threads, so it is answered however long a
// cycle runs. What changes something is posted to the event loop and waits for it, as long as the caller does.
//
// Threads: gRPC's.

#ifndef IDLEWARDEN_AGENT_CONTROL_AGENT_SERVICE_H_
#define IDLEWARDEN_AGENT_CONTROL_AGENT_SERVICE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/clock/event_loop.h"
#include "agent/ledger/exemption_records.h"
#include "agent/loop/agent_loop.h"
#include "agent/loop/agent_view.h"
#include "agent/overrides/overrides.h"
#include "grpcpp/grpcpp.h"
#include "policy/compiler/compile.h"
#include "proto/idlewarden/control/v1/control.grpc.pb.h"

namespace idlewarden::agent {

struct AgentServiceOptions {
  // A policy whose text is given; list files are looked for beside the agent's own policy.
  std::function<policy::PolicySource(std::string text)> source_of;
  policy::CompileOptions compile;
};

class AgentService final : public control::v1::AgentService::Service {
 public:
  // All must outlive the gRPC server that serves this.
  AgentService(EventLoop& loop, AgentLoop& agent, AgentServiceOptions options);

  grpc::Status GetStatus(grpc::ServerContext* context, const control::v1::GetStatusRequest* request,
                         control::v1::Status* response) override;
  grpc::Status ListSessions(grpc::ServerContext* context, const control::v1::ListSessionsRequest* request,
                            grpc::ServerWriter<control::v1::Session>* writer) override;
  grpc::Status ListDecisions(grpc::ServerContext* context, const control::v1::ListDecisionsRequest* request,
                             grpc::ServerWriter<control::v1::Session>* writer) override;
  grpc::Status PreviewPolicy(grpc::ServerContext* context, const control::v1::PreviewPolicyRequest* request,
                             control::v1::PreviewPolicyResponse* response) override;
  grpc::Status ReloadPolicy(grpc::ServerContext* context, const control::v1::ReloadPolicyRequest* request,
                            control::v1::ReloadPolicyResponse* response) override;
  grpc::Status Pause(grpc::ServerContext* context, const control::v1::PauseRequest* request,
                     control::v1::Status* response) override;
  grpc::Status Resume(grpc::ServerContext* context, const control::v1::ResumeRequest* request,
                      control::v1::Status* response) override;
  grpc::Status ApprovePlan(grpc::ServerContext* context, const control::v1::ApprovePlanRequest* request,
                           control::v1::Status* response) override;
  grpc::Status AddExemption(grpc::ServerContext* context, const control::v1::AddExemptionRequest* request,
                            control::v1::Exemption* response) override;
  grpc::Status RemoveExemption(grpc::ServerContext* context, const control::v1::RemoveExemptionRequest* request,
                               control::v1::Exemption* response) override;
  grpc::Status ListExemptions(grpc::ServerContext* context, const control::v1::ListExemptionsRequest* request,
                              control::v1::ListExemptionsResponse* response) override;
  grpc::Status RestoreRule(grpc::ServerContext* context, const control::v1::RestoreRuleRequest* request,
                           control::v1::Status* response) override;
  grpc::Status RecordSnapshot(grpc::ServerContext* context, const control::v1::RecordSnapshotRequest* request,
                              grpc::ServerWriter<control::v1::SnapshotChunk>* writer) override;

 private:
  using Wanted = std::function<bool(const CycleView& cycle, size_t server, size_t row)>;
  grpc::Status WriteSessions(const Wanted& wanted, grpc::ServerWriter<control::v1::Session>* writer);
  // The last cycle, or the status that says that there was none yet.
  grpc::Status LastCycle(std::shared_ptr<const CycleView>* cycle) const;
  // Runs `act` on the event loop and waits for it: no longer than the caller. What it answers is the call's answer.
  grpc::Status OnLoop(grpc::ServerContext* context, std::function<absl::Status(AgentLoop&)> act);
  // The same, for the calls that answer with an exemption.
  grpc::Status OnLoop(grpc::ServerContext* context, std::function<absl::StatusOr<Exemption>(Overrides&)> act,
                      control::v1::Exemption* response);
  // The same, for the calls that answer with the new status.
  grpc::Status OnLoop(grpc::ServerContext* context, std::function<absl::Status(AgentLoop&)> act,
                      control::v1::Status* response);

  EventLoop& loop_;
  AgentLoop& agent_;
  AgentServiceOptions options_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CONTROL_AGENT_SERVICE_H_
