// Approvals: which pairs of held plans operators have released, each written to the ledger before it counts.
//
// An approval ends with the policy that it was given under, and with the agent's run: nobody is asked twice for
// nothing, but what was not looked at is not closed.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_APPROVALS_H_
#define IDLEWARDEN_AGENT_OVERRIDES_APPROVALS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/ledger/ledger.h"
#include "agent/overrides/operator_note.h"
#include "policy/model/plan.h"
#include "policy/model/session_table.h"
#include "policy/planner/approved_pairs.h"

namespace idlewarden::agent {

class Approvals {
 public:
  // `agent_name` goes into the records.
  Approvals(Ledger& ledger, std::string agent_name) : ledger_(ledger), agent_name_(std::move(agent_name)) {}

  // Releases the held pairs of `present`, the newest plan (null: none yet), if it has any, its id is `plan_id` and it
  // is of the policy in force, whose hash is `policy_hash`. FailedPrecondition that says why not, and names the present
  // held plan; the ledger's error if the approval cannot be written. Nothing is released then.
  absl::Status Approve(const policy::Plan* present, absl::string_view plan_id, absl::string_view policy_hash,
                       const OperatorNote& note, absl::Time now);

  // Another policy is in force.
  void OnNewPolicy() { pairs_.Clear(); }
  // Forgets what a cycle's plan no longer closes.
  void OnCycle(const policy::Plan& plan, const policy::SessionTable& table);

  const policy::ApprovedPairs& pairs() const { return pairs_; }

 private:
  Ledger& ledger_;
  const std::string agent_name_;
  policy::ApprovedPairs pairs_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_APPROVALS_H_
