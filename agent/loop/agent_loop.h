// AgentLoop: observe, evaluate, plan, submit. The conductor: it hands the poller's enumerations to the fleet's state,
// runs the policy over that, submits the plan to the executor, and has others record, report and publish what came of
// it.
//
// Nothing is planned before each server was tried once after the start: a partial view could slip a plan below limits
// that the whole one breaks. A cycle runs a little after an enumeration has ended, so that those that end together
// share one, and at once after a new policy, which thereby decides again on what is queued as well.
//
// Threads: the event loop only, but for view(), which any thread may call.

#ifndef IDLEWARDEN_AGENT_LOOP_AGENT_LOOP_H_
#define IDLEWARDEN_AGENT_LOOP_AGENT_LOOP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/executor/executor.h"
#include "agent/executor/journal/close_log.h"
#include "agent/executor/journal/journal.h"
#include "agent/executor/journal/recent_closes.h"
#include "agent/ledger/ledger.h"
#include "agent/loop/agent_view.h"
#include "agent/loop/fleet_state.h"
#include "agent/loop/policy_holder.h"
#include "agent/loop/records/changed_servers.h"
#include "agent/loop/records/cycle_summaries.h"
#include "agent/loop/records/held_plan_reporter.h"
#include "agent/loop/records/match_store.h"
#include "agent/loop/records/suppression_audit.h"
#include "agent/loop/tracked_server.h"
#include "agent/loop/view_publisher.h"
#include "agent/metrics/metrics.h"
#include "agent/names/client_names.h"
#include "agent/names/dns_client.h"
#include "agent/overrides/overrides.h"
#include "agent/overrides/self_demotion.h"
#include "agent/poller/poller.h"
#include "agent/servers/inventory.h"

namespace idlewarden::agent {

struct AgentLoopOptions {
  std::string name;
  std::string version;
  // The ceiling: no rule closes anything, whatever the policy says.
  bool observe_only = true;
  PollerOptions polling;
  ExecutorOptions executor;
  SelfDemotionOptions self_demotion;
  NameOptions names;
  // From an enumeration's end to the cycle, and from a change to the view that shows it. Longer in a fleet so large
  // that they take long, up to 5 s and 1 s; what an operator asks for has its cycle and its view at once.
  absl::Duration cycle_delay = absl::Milliseconds(200);
  absl::Duration publish_delay = absl::Milliseconds(100);
};

class AgentLoop {
 public:
  // `policy` holds a policy already. `dns`: for the names of clients; null: they are not asked for. All must outlive
  // the loop.
  AgentLoop(EventLoop& loop, AgentLoopOptions options, PolicyHolder& policy, Journal& journal, Ledger& ledger,
            AgentMetrics& metrics, DnsClient* dns = nullptr);
  ~AgentLoop();
  AgentLoop(const AgentLoop&) = delete;
  AgentLoop& operator=(const AgentLoop&) = delete;

  // Begins to poll the server. One of the same name is replaced.
  void AddServer(ServerEntry entry);
  void RemoveServer(absl::string_view name);

  // Reads the policy again; see PolicyHolder. `trigger` ("signal", "file", "rpc") and who asked for it are for log and
  // history.
  PolicyHolder::Attempt Reload(absl::string_view trigger, absl::string_view by = "");

  // Restores what an earlier run left in the ledger. Before the first server is added.
  absl::Status RestoreState();

  // Holds, approvals, exemptions, demoted rules: what operators ask of the agent.
  Overrides& overrides() { return overrides_; }

  // Makes the agent's mode observe, at once: what is queued is withdrawn. There is no way back but a restart.
  void ObserveOnly();

  // Closes that an earlier run sent and whose outcome is not known; see Executor. After all servers were added.
  void RestoreUnresolved(std::vector<UnresolvedClose> closes);

  // Polls and closes nothing more; `stopped` is called once the closes under way have ended.
  void Stop(std::function<void()> stopped);
  // After Stop, when there is no more time: what is still under way gets an outcome that says so.
  void Abandon() { executor_.Abandon(); }

  // Facts that the views only pass on.
  void SetHttpAddress(std::string address);
  void SetWorkerRestarts(uint64_t restarts);
  void SetSettingsError(std::string error);

  // The newest view; never null. From any thread.
  std::shared_ptr<const AgentView> view() const { return publisher_.view(); }

 private:
  void OnPoll(PollResult result);
  void OnOutcome(const CloseOutcome& outcome);
  void OnNewPolicy();
  // What depends on a server's rows and the policy: rules without effect, and when to poll next.
  void UpdateServer(TrackedServer& server);
  void OnNamesChanged();

  void RequestCycle();
  void RunCycle();
  std::shared_ptr<const CycleView> Decide();
  void RecordCycle(const CycleView& cycle);
  // Adds the active policy to the history.
  void RecordPolicy(absl::string_view trigger, absl::string_view by);

  void ReportProtectedUnknown(const CycleView& cycle, const std::vector<ChangedServer>& changed);
  void ReportExecutorMetrics();
  void ReportNameMetrics();
  void UpdateBreakerStatus();
  void RequestPublish();
  std::shared_ptr<const AgentView> MakeView();

  EventLoop& loop_;
  AgentLoopOptions options_;
  PolicyHolder& policy_;
  AgentMetrics& metrics_;
  Ledger& ledger_;
  const absl::Time started_at_;

  std::unique_ptr<ClientNames> names_;  // null: not asked for
  FleetState fleet_;
  Overrides overrides_;

  MatchStore match_store_;
  CycleSummaries summaries_;
  SuppressionAudit suppression_audit_;
  HeldPlanReporter held_plan_;
  RecentCloses recent_;
  CloseLog close_log_;
  std::unique_ptr<CloseObserver> outcome_observer_;
  absl::Status matches_written_;  // the last time; so is the next
  absl::Status suppressions_written_;
  std::string policy_recorded_;  // hash and text of the policy that was last given to the ledger

  Poller poller_;
  Executor executor_;

  std::shared_ptr<const CycleView> cycle_;
  absl::Duration last_cycle_took_;
  uint64_t hosts_of_cycle_ = 0;  // the generation of hosts that the last one decided on
  EventLoop::TimerId cycle_timer_ = 0;
  std::set<std::string> open_breakers_;  // servers whose breaker was not closed when that was last reported
  bool stopping_ = false;
  std::string http_address_;
  std::string settings_error_;
  uint64_t worker_restarts_ = 0;

  ViewPublisher publisher_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_AGENT_LOOP_H_
