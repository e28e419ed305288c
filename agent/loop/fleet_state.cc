#include "agent/loop/fleet_state.h"

#include <utility>

#include "agent/loop/pair_verdict.h"
#include "agent/loop/records/match_store.h"
#include "agent/threads/parallel_for.h"
#include "policy/compiler/requirement.h"
#include "policy/evaluator/next_eligible.h"
#include "policy/model/client_name.h"
#include "policy/planner/planner.h"

namespace idlewarden::agent {

FleetState::FleetState(const Clock& clock, const PolicyHolder& policy, ClientNames* names, bool observe_only,
                       FillCycleInput fill)
    : clock_(clock), policy_(policy), names_(names), observe_only_(observe_only), fill_(std::move(fill)) {}

TrackedServer& FleetState::Add(ServerEntry entry) {
  const std::string name = entry.name;
  return servers_.emplace(name, std::move(entry)).first->second;
}

void FleetState::Remove(absl::string_view name) {
  const auto found = servers_.find(name);
  if (found == servers_.end()) return;
  table_.RemoveServer(name);
  history_.Forget(name);
  servers_.erase(found);
}

TrackedServer* FleetState::Find(absl::string_view name) {
  const auto found = servers_.find(name);
  return found == servers_.end() ? nullptr : &found->second;
}

policy::MatchHistory::Moment FleetState::Now() const {
  return {.wall = clock_.Now(), .measured = MeasuredTimeOf(clock_.SteadyNow())};
}

void FleetState::Ingest(TrackedServer& server, PollResult result) {
  if (!result.enumeration.ok()) {
    server.IngestFailure(result);
    table_.MarkIncomplete(result.server);
    return;
  }
  Enumeration enumeration = *std::move(result.enumeration);
  NameClients(enumeration.sessions);
  table_.SetServer(server.IngestEnumeration(std::move(enumeration), result, clock_));
  history_.OnEnumeration(*policy_.policy(), table_, *table_.FindServer(result.server), Now(), &lookups_);
}

void FleetState::NameClients(std::vector<policy::Session>& sessions) {
  if (names_ == nullptr) return;
  for (policy::Session& session : sessions) {
    if (session.names.has_value()) continue;  // a recording may know them already
    const std::optional<policy::IpAddress> address = policy::ParseClientName(session.client).address;
    if (!address.has_value()) continue;
    names_->Want(*address);
    session.names = names_->NamesOf(*address);
  }
}

void FleetState::RefreshHosts() {
  if (names_ == nullptr || names_->hosts_generation() == hosts_generation_) return;
  hosts_generation_ = names_->hosts_generation();
  table_.SetHosts(names_->hosts());
}

policy::CycleInput FleetState::Input() {
  // Each time: what has expired must not decide a close, and the notice of it may be on its way.
  RefreshHosts();
  policy::CycleInput input{.policy = *policy_.policy(),
                           .table = table_,
                           .at = clock_.Now(),
                           .observe_only = observe_only_,
                           .history = &history_,
                           .for_each = ForEachOnAllCores(table_.session_count()),
                           .lookups = &lookups_};
  fill_(input);
  return input;
}

std::optional<absl::Duration> FleetState::TimeToNextEligible(absl::string_view server) {
  const std::optional<size_t> index = table_.FindServer(server);
  if (!index.has_value()) return std::nullopt;
  return policy::TimeToNextEligible(*policy_.policy(), table_, *index, clock_.Now(), &lookups_);
}

Verdict FleetState::Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) {
  const std::optional<size_t> index = table_.FindServer(server);
  if (!index.has_value()) return {.close = false, .present = false, .why = "the server is no longer known"};
  return VerdictOn(*policy_.policy(), table_.server(*index), policy::DecideServer(Input(), *index), client, user);
}

std::string FleetState::RequiredBy(absl::string_view rule) const {
  return policy::RequirementOf(*policy_.policy(), rule);
}

void FleetState::ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& of_client) {
  TrackedServer* const tracked = Find(server);
  const std::optional<size_t> index = table_.FindServer(server);
  if (tracked == nullptr || !index.has_value()) return;
  std::vector<policy::Session> rows = tracked->ApplyRecheck(of_client, clock_.SteadyNow());
  NameClients(rows);
  table_.SetServer(WithRecheck(table_.server(*index), client, tracked->status().close_scope, std::move(rows)));
  history_.OnRecheck(*policy_.policy(), table_, *table_.FindServer(server), client, Now(), &lookups_);
}

}  // namespace idlewarden::agent
