#include "agent/control/to_proto.h"

#include <utility>

#include "absl/time/time.h"
#include "agent/overrides/held_plan.h"
#include "agent/overrides/hold.h"
#include "policy/model/decision.h"
#include "policy/model/known_hosts.h"

namespace idlewarden::agent {

namespace {

namespace pb = control::v1;

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void SetDuration(absl::Duration duration, google::protobuf::Duration* out) {
  const int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &duration);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

pb::Server ServerToProto(const ServerStatus& server) {
  pb::Server out;
  out.set_name(server.name);
  out.set_up(server.up);
  out.set_error(server.error);
  out.set_error_cause(server.error_cause);
  if (server.last_success.has_value()) SetTime(*server.last_success, out.mutable_last_success());
  if (server.tried) SetDuration(server.last_duration, out.mutable_last_duration());
  out.set_sessions(server.sessions);
  out.set_level(static_cast<uint32_t>(server.level));
  out.set_idle_trust(server.idle_trust);
  out.set_breaker(server.breaker);
  out.set_breaker_why(server.breaker_why);
  out.set_close_scope(std::string(policy::CloseScopeName(server.close_scope)));
  for (const std::string& rule : server.idle_rules_without_effect) out.add_idle_rules_without_effect(rule);
  for (const auto& [protection, sessions] : server.protected_unknown) {
    (*out.mutable_protected_unknown())[protection] = sessions;
  }
  for (const auto& [key, value] : server.labels) (*out.mutable_labels())[key] = value;
  return out;
}

pb::Hold HoldToProto(const Hold& hold) {
  pb::Hold out;
  out.set_cause(std::string(HoldCauseName(hold.cause)));
  out.set_reason(hold.reason);
  out.set_by(hold.by);
  SetTime(hold.since, out.mutable_since());
  return out;
}

pb::HeldPlan HeldToProto(const HeldPlan& held) {
  pb::HeldPlan out;
  out.set_plan_id(held.plan_id);
  out.set_pairs(held.pairs);
  out.set_sessions(held.sessions);
  out.set_summary(HeldSentence(held));
  for (const auto& [reason, limit] : held.limits) {
    pb::HoldingLimit& added = *out.add_limits();
    added.set_limit(std::string(policy::ReasonName(reason)));
    added.set_pairs(limit.pairs);
    added.set_servers(limit.servers.size());
  }
  return out;
}

pb::Close CloseToProto(const RecentClose& recent) {
  const CloseOutcome& outcome = recent.close;
  pb::Close out;
  SetTime(recent.at, out.mutable_at());
  out.set_server(outcome.intent.server);
  out.set_client(outcome.intent.client);
  out.set_user(outcome.intent.user);
  out.set_sessions(static_cast<uint32_t>(outcome.intent.sessions.size()));
  out.set_rule(outcome.intent.rule);
  out.set_outcome(std::string(OutcomeName(outcome.outcome)));
  out.set_windows_error(outcome.windows_error);
  out.set_message(outcome.message);
  SetDuration(outcome.duration, out.mutable_duration());
  return out;
}

}  // namespace

pb::Policy PolicyToProto(const PolicyView& view) {
  pb::Policy out;
  out.set_file(view.file);
  out.set_hash(view.policy->hash());
  SetTime(view.loaded_at, out.mutable_loaded_at());
  out.set_rules(static_cast<uint32_t>(view.policy->rule_count()));
  out.set_last_reload_error(view.last_reload_error);
  return out;
}

pb::Cycle CycleToProto(const CycleView& cycle) {
  const policy::Plan& plan = cycle.result.plan;
  pb::Cycle out;
  SetTime(plan.at, out.mutable_at());
  out.set_plan_id(plan.id);
  out.set_sessions(cycle.table.session_count());
  out.set_close(plan.SessionCount(policy::Decision::kClose));
  out.set_would_close(plan.SessionCount(policy::Decision::kWouldClose));
  out.set_held(plan.SessionCount(policy::Decision::kHeld));
  out.set_pending(plan.SessionCount(policy::Decision::kPending));
  out.set_keep(plan.SessionCount(policy::Decision::kKeep));
  return out;
}

pb::Status StatusToProto(const AgentView& view) {
  pb::Status out;
  out.set_agent(view.name);
  out.set_version(view.version);
  SetTime(view.started_at, out.mutable_started_at());
  out.set_mode(view.observe_only ? "observe" : "enforce");
  if (const Hold* pause = FindHold(view.overrides.holds, HoldCause::kPaused); pause != nullptr) {
    out.set_paused(true);
    out.set_pause_reason(pause->reason);
  }
  out.set_http_address(view.http_address);
  *out.mutable_policy() = PolicyToProto(view.policy);
  if (view.cycle != nullptr) *out.mutable_last_cycle() = CycleToProto(*view.cycle);
  out.set_close_queue_length(static_cast<uint32_t>(view.close_queue_length));
  out.set_worker_restarts(view.worker_restarts);
  for (const auto& server : view.servers) *out.add_servers() = ServerToProto(*server);
  for (const RecentClose& recent : view.recent_closes) *out.add_recent_closes() = CloseToProto(recent);
  for (const std::string& warning : view.warnings) out.add_warnings(warning);
  for (const Hold& hold : view.overrides.holds) *out.add_holds() = HoldToProto(hold);
  if (!view.held.empty()) *out.mutable_held_plan() = HeldToProto(view.held);
  out.set_approved_pairs(view.overrides.approved_pairs);
  out.set_exemptions(static_cast<uint32_t>(view.overrides.exemptions->size()));
  for (const Demotion& demotion : view.overrides.demoted_rules) {
    pb::DemotedRule& added = *out.add_demoted_rules();
    added.set_rule(demotion.rule);
    added.set_why(demotion.why);
    SetTime(demotion.since, added.mutable_since());
  }
  return out;
}

pb::Exemption ExemptionToProto(const Exemption& exemption) {
  pb::Exemption out;
  out.set_id(static_cast<uint64_t>(exemption.id));
  for (const std::string& entry : exemption.users) out.add_users(entry);
  for (const std::string& entry : exemption.clients) out.add_clients(entry);
  for (const std::string& entry : exemption.servers) out.add_servers(entry);
  out.set_by(exemption.by);
  out.set_reason(exemption.reason);
  out.set_ticket(exemption.ticket);
  SetTime(exemption.created, out.mutable_created_at());
  SetTime(exemption.expires, out.mutable_expires_at());
  return out;
}

Exemption ExemptionFromProto(const pb::Exemption& exemption) {
  return {.users = {exemption.users().begin(), exemption.users().end()},
          .clients = {exemption.clients().begin(), exemption.clients().end()},
          .servers = {exemption.servers().begin(), exemption.servers().end()},
          .by = exemption.by(),
          .reason = exemption.reason(),
          .ticket = exemption.ticket(),
          .expires = absl::FromUnixSeconds(exemption.expires_at().seconds())};
}

pb::Diagnostic DiagnosticToProto(const policy::Diagnostic& diagnostic) {
  pb::Diagnostic out;
  out.set_file(diagnostic.file);
  out.set_line(static_cast<uint32_t>(diagnostic.line));
  out.set_column(static_cast<uint32_t>(diagnostic.column));
  out.set_severity(std::string(policy::SeverityName(diagnostic.severity)));
  out.set_code(std::string(policy::CodeName(diagnostic.code)));
  out.set_message(diagnostic.message);
  return out;
}

pb::Session SessionToProto(const CycleView& cycle, size_t server, size_t row) {
  const policy::ServerView view = cycle.table.server(server);
  const policy::Session session = view.session(row);
  const policy::SessionDecision& decision = cycle.result.decisions[server][row];
  pb::Session out;
  out.set_server(view.name());
  out.set_client(session.client);
  out.set_user(session.user);
  if (session.idle_seconds.has_value()) out.set_idle_seconds(*session.idle_seconds);
  out.set_idle_at_least(session.idle_bound == policy::IdleBound::kAtLeast);
  if (session.age_seconds.has_value()) out.set_age_seconds(*session.age_seconds);
  if (session.open_files.has_value()) out.set_open_files(*session.open_files);
  out.set_decision(std::string(policy::DecisionName(decision.decision)));
  out.set_rule(std::string(cycle.policy->NameOf(decision)));
  out.set_reason(std::string(policy::ReasonName(decision.reason)));
  return out;
}

policy::Snapshot SnapshotOf(const CycleView& cycle) {
  policy::Snapshot snapshot{.taken_at = cycle.result.plan.at, .servers = {}, .hosts = {}};
  if (cycle.table.hosts() != nullptr) snapshot.hosts = cycle.table.hosts()->all();
  for (size_t server = 0; server < cycle.table.server_count(); ++server) {
    const policy::ServerView view = cycle.table.server(server);
    policy::ServerSnapshot rows{.name = view.name(),
                                .labels = view.labels(),
                                .complete = view.complete(),
                                .close_scope = view.close_scope(),
                                .domain_separator = view.domain_separator()};
    for (size_t row = 0; row < view.size(); ++row) rows.sessions.push_back(view.session(row));
    snapshot.servers.push_back(std::move(rows));
  }
  return snapshot;
}

}  // namespace idlewarden::agent
