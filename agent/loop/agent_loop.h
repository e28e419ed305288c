// AgentLoop: observe, evaluate, plan, submit. Wires the poller's enumerations into the session table, runs the policy
// over it, and hands the plan to the executor, which asks back here right before each close.
//
// Nothing is planned before each server was tried once after the start: a partial view could slip a plan below limits
// that the whole one breaks. A cycle runs a little after an enumeration has ended, so that those that end together
// share one, and at once after a new policy, which so decides anew on what is queued as well.
//
// Threads: the event loop only, but for view(), which any thread may call.

#ifndef IDLEWARDEN_AGENT_LOOP_AGENT_LOOP_H_
#define IDLEWARDEN_AGENT_LOOP_AGENT_LOOP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/executor/decision_source.h"
#include "agent/executor/executor.h"
#include "agent/executor/journal/journal.h"
#include "agent/executor/journal/recent_closes.h"
#include "agent/ledger/ledger.h"
#include "agent/loop/agent_view.h"
#include "agent/loop/overrides.h"
#include "agent/loop/policy_holder.h"
#include "agent/loop/records/changed_servers.h"
#include "agent/loop/records/cycle_summaries.h"
#include "agent/loop/records/match_store.h"
#include "agent/loop/records/suppression_audit.h"
#include "agent/loop/tracked_server.h"
#include "agent/metrics/metrics.h"
#include "agent/overrides/self_demotion.h"
#include "agent/poller/poller.h"
#include "agent/servers/inventory.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/model/session_table.h"
#include "policy/planner/match_history.h"
#include "policy/planner/planner.h"

namespace idlewarden::agent {

struct AgentLoopOptions {
  std::string name;
  std::string version;
  // The ceiling: no rule closes anything, whatever the policy says.
  bool observe_only = true;
  PollerOptions polling;
  ExecutorOptions executor;
  SelfDemotionOptions self_demotion;
  // From an enumeration's end to the cycle, and from a change to the view that shows it. Longer in a fleet so large
  // that they take long, up to 5 s and 1 s; what an operator asks for has its cycle and its view at once.
  absl::Duration cycle_delay = absl::Milliseconds(200);
  absl::Duration publish_delay = absl::Milliseconds(100);
};

class AgentLoop : private DecisionSource, private Journal {
 public:
  // `policy` holds a policy already. All must outlive the loop.
  AgentLoop(EventLoop& loop, AgentLoopOptions options, PolicyHolder& policy, Journal& journal, Ledger& ledger,
            AgentMetrics& metrics);
  ~AgentLoop() override;

  // Begins to poll the server. One of the same name is replaced.
  void AddServer(ServerEntry entry);
  void RemoveServer(absl::string_view name);

  // Reads the policy again; see PolicyHolder. `trigger` ("signal", "file", "rpc") and who asked for it are for log and
  // history.
  PolicyHolder::Attempt Reload(absl::string_view trigger, absl::string_view by = "");

  // Takes up what an earlier run left in the ledger. Before the first server is added.
  absl::Status RestoreState();

  // Holds, approvals, exemptions, demoted rules: what operators ask of the agent.
  Overrides& overrides() { return overrides_; }

  // Makes the agent's mode observe, at once: what is queued is withdrawn. There is no way back but a restart.
  void ObserveOnly();

  // What an earlier run left open; see Executor. After all servers were added.
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
  std::shared_ptr<const AgentView> view() const;

 private:
  // DecisionSource.
  void ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& look) override;
  Verdict Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) override;
  std::string RequiredBy(absl::string_view rule) const override;
  // Journal: counts, keeps and passes on.
  absl::StatusOr<int64_t> WriteIntent(const CloseIntent& intent) override;
  absl::Status WriteSent(int64_t intent_id, const CloseIntent& intent, absl::Time looked_at) override;
  void WriteOutcome(const CloseOutcome& outcome) override;

  void OnPoll(PollResult result);
  void IngestEnumeration(TrackedServer& state, PollResult& result);
  // What depends on a server's rows and the policy: rules without effect, and when to look again.
  void Reconsider(TrackedServer& state);
  void OnNewPolicy();
  void RequestCycle();
  void RunCycle();
  void CountDecisions(const CycleView& cycle, const std::vector<ChangedServer>& changed);
  // Keeps the times of `for` in the ledger.
  void WriteMatches();
  // Audits the pairs that are held or refused.
  void WriteRefusals(const CycleView& cycle, const std::vector<ChangedServer>& changed);
  // Adds the policy in force to the history.
  void RecordPolicy(absl::string_view trigger, absl::string_view by);
  policy::CycleInput Input();

  void ReportExecutorMetrics();
  void UpdateBreakerStatus();
  void RequestPublish();
  void Publish();

  EventLoop& loop_;
  AgentLoopOptions options_;
  PolicyHolder& policy_;
  AgentMetrics& metrics_;
  RecentCloses recent_;
  absl::Time started_at_;

  policy::SessionTable table_;
  policy::LookupCache lookups_;  // of table_
  policy::MatchHistory history_;
  Ledger& ledger_;
  MatchStore match_store_;
  CycleSummaries summaries_;
  SuppressionAudit refusal_audit_;
  absl::Status matches_written_;  // the last time; so is the next
  absl::Status refusals_written_;
  std::string policy_recorded_;  // hash and text of the policy that was last given to the ledger
  Overrides overrides_;
  std::map<std::string, TrackedServer, std::less<>> servers_;
  Poller poller_;
  Executor executor_;

  std::shared_ptr<const CycleView> cycle_;
  absl::Duration last_cycle_took_;
  absl::Duration last_publish_took_;
  std::set<std::string> resting_;  // servers whose breaker was not closed when that was last noted
  bool stopping_ = false;
  std::string http_address_;
  std::string settings_error_;
  uint64_t worker_restarts_ = 0;
  EventLoop::TimerId cycle_timer_ = 0;
  EventLoop::TimerId publish_timer_ = 0;

  mutable std::mutex view_mutex_;
  std::shared_ptr<const AgentView> view_;  // guarded by view_mutex_
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_AGENT_LOOP_H_
