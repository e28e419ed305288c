// Overrides: what stands between the policy and what the agent does, beside its limits: holds, approvals of held plans,
// exemptions, demoted rules. What operators ask of the agent comes in here.
//
// Each kind has a class of its own; this one keeps them together, reports metrics, and has the loop decide again when
// something has changed.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_OVERRIDES_H_
#define IDLEWARDEN_AGENT_OVERRIDES_OVERRIDES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/clock/event_loop.h"
#include "agent/executor/journal/close_record.h"
#include "agent/ledger/exemption_records.h"
#include "agent/ledger/ledger.h"
#include "agent/metrics/metrics.h"
#include "agent/overrides/approvals.h"
#include "agent/overrides/exemptions.h"
#include "agent/overrides/hold.h"
#include "agent/overrides/ledger_backlog.h"
#include "agent/overrides/operator_note.h"
#include "agent/overrides/self_demotion.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/planner/cycle.h"

namespace idlewarden::agent {

// What is active now, for the agent's views.
struct OverridesView {
  std::vector<Hold> holds;                                   // while there is one nothing at all is closed
  size_t approved_pairs = 0;                                 // that approvals have released and that are not closed yet
  std::shared_ptr<const std::vector<Exemption>> exemptions;  // active; never null
  std::vector<Demotion> demoted_rules;
};

class Overrides {
 public:
  struct Hooks {
    std::function<void(bool held)> hold;  // shuts or opens the executor
    std::function<void()> decide;         // decides anew on everything and publishes
    std::function<void()> decide_soon;    // the same, from within the executor
    std::function<void()> publish;
    // The hosts that policy and exemptions name (policy::HostNamesOf), whenever they may have changed.
    std::function<void(const std::set<std::string>& names)> hosts;
  };

  Overrides(EventLoop& loop, std::string agent_name, const SelfDemotionOptions& demotion, Ledger& ledger,
            AgentMetrics& metrics, Hooks hooks);
  ~Overrides();
  Overrides(const Overrides&) = delete;
  Overrides& operator=(const Overrides&) = delete;

  // Restores what an earlier run left in the ledger. Before the first server is added.
  absl::Status Restore();

  // Stops closing, also what is queued, at once; enumerating and deciding go on. A pause is kept in the ledger and
  // survives a restart; if it cannot be written it holds all the same, log and status say so, and it is written as soon
  // as that works. InvalidArgument for a note that is too long.
  absl::Status Pause(const OperatorNote& note);
  absl::Status Resume(const OperatorNote& note);
  // The same for the other causes of a hold. `reason` is one line.
  void BeginHold(HoldCause cause, std::string reason, std::string by = "");
  void EndHold(HoldCause cause);

  // These act at once; see the classes.
  absl::Status Approve(absl::string_view plan_id, const OperatorNote& note);
  absl::StatusOr<Exemption> AddExemption(Exemption exemption);
  absl::StatusOr<Exemption> RemoveExemption(int64_t id, const OperatorNote& note);
  absl::Status RestoreRule(absl::string_view rule, const OperatorNote& note);

  // What the loop tells.
  void OnNewPolicy(std::shared_ptr<const policy::CompiledPolicy> policy);
  // A cycle has ended with this plan, which was made from this table.
  void OnCycle(std::shared_ptr<const policy::Plan> plan, const policy::SessionTable& table);
  void OnOutcome(const CloseOutcome& outcome);

  // What the next decisions have from here.
  void FillCycleInput(policy::CycleInput& input) const;
  OverridesView view() const;

  // For acts that are in force whether or not they can be written.
  LedgerBacklog& backlog() { return backlog_; }

 private:
  void ApplyHolds();
  void NotePauseRecorded(bool recorded);
  void ApplyExemptions();
  void ReportHosts();
  void ApplyDemotions();

  EventLoop& loop_;
  const std::string agent_name_;
  Ledger& ledger_;
  AgentMetrics& metrics_;
  const Hooks hooks_;

  LedgerBacklog backlog_;
  Holds holds_;
  Approvals approvals_;
  Exemptions exemptions_;
  SelfDemotion demotion_;
  std::shared_ptr<const policy::CompiledPolicy> policy_;
  std::shared_ptr<const policy::Plan> plan_;  // of the last cycle; null before the first
  std::vector<bool> demoted_rules_;           // by rule of the policy in force; empty: none
  EventLoop::TimerId expiry_timer_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_OVERRIDES_H_
