// FleetState: the servers of the inventory with their sessions, and the decisions on them.
//
// Owns what enumerations and re-checks change: what is known of each server, the session table, since when pairs match
// rules with `for`, and the cached look-ups of the policy. It answers the gate right before a close: a re-check
// replaces one client's rows, and the pair is decided again on them.
//
// Threads: not synchronised; the event loop only. A copy of table() may be read by any thread.

#ifndef IDLEWARDEN_AGENT_LOOP_FLEET_STATE_H_
#define IDLEWARDEN_AGENT_LOOP_FLEET_STATE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/clock.h"
#include "agent/executor/decision_source.h"
#include "agent/loop/policy_holder.h"
#include "agent/loop/tracked_server.h"
#include "agent/names/client_names.h"
#include "agent/poller/poller.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/model/session_table.h"
#include "policy/planner/cycle.h"
#include "policy/planner/match_history.h"

namespace idlewarden::agent {

class FleetState : public DecisionSource, public SessionUpdates {
 public:
  // Adds what operators have said: approvals, exemptions, demoted rules.
  using FillCycleInput = std::function<void(policy::CycleInput& input)>;
  using Servers = std::map<std::string, TrackedServer, std::less<>>;

  // `policy` has a policy whenever anything is decided. `names`: of clients whose addresses servers report; null: they
  // stay unknown. All must outlive this.
  FleetState(const Clock& clock, const PolicyHolder& policy, ClientNames* names, bool observe_only,
             FillCycleInput fill);
  FleetState(const FleetState&) = delete;
  FleetState& operator=(const FleetState&) = delete;

  // There must be none of that name.
  TrackedServer& Add(ServerEntry entry);
  void Remove(absl::string_view name);
  // Null if there is none.
  TrackedServer* Find(absl::string_view name);
  Servers& servers() { return servers_; }

  // An enumeration of the server, or its failure, which leaves the rows in view and marks them as incomplete.
  void Ingest(TrackedServer& server, PollResult result);

  // From now on nothing is to be closed.
  void ObserveOnly() { observe_only_ = true; }
  bool observe_only() const { return observe_only_; }

  // What a cycle, or one decision, starts from now. Valid while this is unchanged.
  policy::CycleInput Input();
  // How long until time alone may make a session of the server eligible; InfiniteDuration if it never does; nullopt
  // where the server was not enumerated.
  std::optional<absl::Duration> TimeToNextEligible(absl::string_view server);

  const policy::SessionTable& table() const { return table_; }
  policy::MatchHistory& match_history() { return history_; }

  // DecisionSource and SessionUpdates.
  Verdict Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) override;
  std::string RequiredBy(absl::string_view rule) const override;
  void ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& of_client) override;

 private:
  policy::MatchHistory::Moment Now() const;
  // Gives the table the addresses of the policy's hosts that are known at this instant.
  void RefreshHosts();
  // Says of each client that is an address which names it has, where that is known, and has the others asked for.
  void NameClients(std::vector<policy::Session>& sessions);

  const Clock& clock_;
  const PolicyHolder& policy_;
  ClientNames* const names_;
  uint64_t hosts_generation_ = 0;
  bool observe_only_;
  const FillCycleInput fill_;
  Servers servers_;
  policy::SessionTable table_;
  policy::LookupCache lookups_;  // of table_
  policy::MatchHistory history_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_FLEET_STATE_H_
