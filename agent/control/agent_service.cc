#include "agent/control/agent_service.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "agent/control/to_proto.h"
#include "policy/planner/planner.h"
#include "policy/snapshot/snapshot_writer.h"

namespace idlewarden::agent {

namespace {

namespace pb = control::v1;

constexpr size_t kChunkBytes = 64 << 10;
// How often a call that waits for the event loop looks whether its caller is still there.
constexpr std::chrono::milliseconds kCallerCheck(50);

}  // namespace

AgentService::AgentService(EventLoop& loop, AgentLoop& agent, AgentServiceOptions options)
    : loop_(loop), agent_(agent), options_(std::move(options)) {}

grpc::Status AgentService::OnLoop(grpc::ServerContext* context, std::function<absl::Status(AgentLoop&)> act) {
  // Shared with the task, which may run after the caller has gone.
  auto done = std::make_shared<std::promise<absl::Status>>();
  std::future<absl::Status> ran = done->get_future();
  loop_.Post([done, act = std::move(act), &agent = agent_] { done->set_value(act(agent)); });
  while (ran.wait_for(kCallerCheck) != std::future_status::ready) {
    if (context->IsCancelled()) return {grpc::StatusCode::CANCELLED, "the caller has gone"};
  }
  const absl::Status status = ran.get();
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

grpc::Status AgentService::OnLoop(grpc::ServerContext* context, std::function<absl::Status(AgentLoop&)> act,
                                  pb::Status* response) {
  grpc::Status status = OnLoop(context, std::move(act));
  if (status.ok()) *response = StatusToProto(*agent_.view());
  return status;
}

grpc::Status AgentService::OnLoop(grpc::ServerContext* context,
                                  std::function<absl::StatusOr<Exemption>(Overrides&)> act, pb::Exemption* response) {
  auto answer = std::make_shared<Exemption>();  // as in OnLoop
  grpc::Status status = OnLoop(context, [answer, act = std::move(act)](AgentLoop& agent) -> absl::Status {
    absl::StatusOr<Exemption> exemption = act(agent.overrides());
    if (exemption.ok()) *answer = *std::move(exemption);
    return exemption.status();
  });
  if (status.ok()) *response = ExemptionToProto(*answer);
  return status;
}

grpc::Status AgentService::LastCycle(std::shared_ptr<const CycleView>* cycle) const {
  *cycle = agent_.view()->cycle;
  if (*cycle != nullptr) return grpc::Status::OK;
  return {grpc::StatusCode::UNAVAILABLE, "no cycle yet: not every server was tried since the start"};
}

grpc::Status AgentService::GetStatus(grpc::ServerContext*, const pb::GetStatusRequest*, pb::Status* response) {
  *response = StatusToProto(*agent_.view());
  return grpc::Status::OK;
}

grpc::Status AgentService::WriteSessions(const Wanted& wanted, grpc::ServerWriter<pb::Session>* writer) {
  const std::shared_ptr<const CycleView> cycle = agent_.view()->cycle;
  if (cycle == nullptr) return grpc::Status::OK;  // none is known yet; the status says why
  for (size_t server = 0; server < cycle->table.server_count(); ++server) {
    for (size_t row = 0; row < cycle->result.decisions[server].size(); ++row) {
      if (!wanted(*cycle, server, row)) continue;
      if (!writer->Write(SessionToProto(*cycle, server, row))) {
        return {grpc::StatusCode::CANCELLED, "the caller has gone"};
      }
    }
  }
  return grpc::Status::OK;
}

grpc::Status AgentService::ListSessions(grpc::ServerContext*, const pb::ListSessionsRequest* request,
                                        grpc::ServerWriter<pb::Session>* writer) {
  const std::string& name = request->server();
  const std::shared_ptr<const AgentView> view = agent_.view();
  const bool known = name.empty() || std::any_of(view->servers.begin(), view->servers.end(),
                                                 [&](const auto& server) { return server->name == name; });
  if (!known) return {grpc::StatusCode::NOT_FOUND, "no server is called " + name};
  return WriteSessions([&](const CycleView& cycle, size_t server,
                           size_t) { return name.empty() || cycle.table.server(server).name() == name; },
                       writer);
}

grpc::Status AgentService::ListDecisions(grpc::ServerContext*, const pb::ListDecisionsRequest* request,
                                         grpc::ServerWriter<pb::Session>* writer) {
  return WriteSessions(
      [keep = request->include_keep()](const CycleView& cycle, size_t server, size_t row) {
        return keep || cycle.result.decisions[server][row].decision != policy::Decision::kKeep;
      },
      writer);
}

grpc::Status AgentService::PreviewPolicy(grpc::ServerContext*, const pb::PreviewPolicyRequest* request,
                                         pb::PreviewPolicyResponse* response) {
  std::shared_ptr<const CycleView> present;
  if (grpc::Status status = LastCycle(&present); !status.ok()) return status;
  const policy::CompileResult compiled =
      policy::CompilePolicy(options_.source_of(request->policy_yaml()), options_.compile);
  for (const policy::Diagnostic& diagnostic : compiled.diagnostics) {
    *response->add_diagnostics() = DiagnosticToProto(diagnostic);
  }
  if (compiled.policy == nullptr) return grpc::Status::OK;
  // What the policy itself decides: without the agent's ceiling, and with every `for` as passed, as offline.
  const policy::CycleInput input{.policy = *compiled.policy,
                                 .table = present->table,
                                 .at = present->result.plan.at,
                                 .observe_only = false,
                                 .history = nullptr,
                                 .exempt = nullptr};
  const CycleView preview{compiled.policy, present->table, policy::RunCycle(input)};
  response->set_policy_hash(compiled.policy->hash());
  *response->mutable_summary() = CycleToProto(preview);
  for (size_t server = 0; server < preview.table.server_count(); ++server) {
    for (size_t row = 0; row < preview.result.decisions[server].size(); ++row) {
      if (preview.result.decisions[server][row].decision == policy::Decision::kKeep) continue;
      *response->add_decisions() = SessionToProto(preview, server, row);
    }
  }
  return grpc::Status::OK;
}

grpc::Status AgentService::ReloadPolicy(grpc::ServerContext* context, const pb::ReloadPolicyRequest* request,
                                        pb::ReloadPolicyResponse* response) {
  auto attempt = std::make_shared<PolicyHolder::Attempt>();
  grpc::Status status = OnLoop(context, [attempt, by = request->by()](AgentLoop& agent) {
    *attempt = agent.Reload("rpc", by);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  response->set_reloaded(attempt->taken);
  for (const policy::Diagnostic& diagnostic : attempt->diagnostics) {
    *response->add_diagnostics() = DiagnosticToProto(diagnostic);
  }
  *response->mutable_policy() = PolicyToProto(agent_.view()->policy);
  return status;
}

grpc::Status AgentService::Pause(grpc::ServerContext* context, const pb::PauseRequest* request, pb::Status* response) {
  const OperatorNote note{.by = request->by(), .reason = request->reason()};
  return OnLoop(
      context, [note](AgentLoop& agent) { return agent.overrides().Pause(note); }, response);
}

grpc::Status AgentService::Resume(grpc::ServerContext* context, const pb::ResumeRequest* request,
                                  pb::Status* response) {
  const OperatorNote note{.by = request->by(), .reason = ""};
  return OnLoop(
      context, [note](AgentLoop& agent) { return agent.overrides().Resume(note); }, response);
}

grpc::Status AgentService::ApprovePlan(grpc::ServerContext* context, const pb::ApprovePlanRequest* request,
                                       pb::Status* response) {
  const OperatorNote note{.by = request->by(), .reason = request->reason()};
  return OnLoop(
      context, [note, plan = request->plan_id()](AgentLoop& agent) { return agent.overrides().Approve(plan, note); },
      response);
}

grpc::Status AgentService::AddExemption(grpc::ServerContext* context, const pb::AddExemptionRequest* request,
                                        pb::Exemption* response) {
  return OnLoop(
      context,
      [wanted = ExemptionFromProto(request->exemption())](Overrides& overrides) {
        return overrides.AddExemption(wanted);
      },
      response);
}

grpc::Status AgentService::RemoveExemption(grpc::ServerContext* context, const pb::RemoveExemptionRequest* request,
                                           pb::Exemption* response) {
  const OperatorNote note{.by = request->by(), .reason = request->reason()};
  return OnLoop(
      context,
      [note, id = static_cast<int64_t>(request->id())](Overrides& overrides) {
        return overrides.RemoveExemption(id, note);
      },
      response);
}

grpc::Status AgentService::ListExemptions(grpc::ServerContext*, const pb::ListExemptionsRequest*,
                                          pb::ListExemptionsResponse* response) {
  for (const Exemption& exemption : *agent_.view()->overrides.exemptions) {
    *response->add_exemptions() = ExemptionToProto(exemption);
  }
  return grpc::Status::OK;
}

grpc::Status AgentService::RestoreRule(grpc::ServerContext* context, const pb::RestoreRuleRequest* request,
                                       pb::Status* response) {
  const OperatorNote note{.by = request->by(), .reason = request->reason()};
  return OnLoop(
      context, [note, rule = request->rule()](AgentLoop& agent) { return agent.overrides().RestoreRule(rule, note); },
      response);
}

grpc::Status AgentService::RecordSnapshot(grpc::ServerContext*, const pb::RecordSnapshotRequest*,
                                          grpc::ServerWriter<pb::SnapshotChunk>* writer) {
  std::shared_ptr<const CycleView> cycle;
  if (grpc::Status status = LastCycle(&cycle); !status.ok()) return status;
  const std::string json = policy::WriteSnapshot(SnapshotOf(*cycle)) + "\n";
  for (size_t begin = 0; begin < json.size(); begin += kChunkBytes) {
    pb::SnapshotChunk chunk;
    chunk.set_json(json.substr(begin, kChunkBytes));
    if (!writer->Write(chunk)) return {grpc::StatusCode::CANCELLED, "the caller has gone"};
  }
  return grpc::Status::OK;
}

}  // namespace idlewarden::agent
