#include "agent/overrides/approvals.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "agent/ledger/approval_records.h"
#include "agent/log/log.h"
#include "agent/overrides/held_plan.h"

namespace idlewarden::agent {
namespace {

absl::Status CheckPlan(const policy::Plan* present, absl::string_view plan_id, absl::string_view policy_hash) {
  const HeldPlan held = present == nullptr ? HeldPlan() : HeldPlanOf(*present);
  if (held.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "no plan is held at present: there is nothing to approve, and plan ", plan_id, " was not released"));
  }
  // No cycle has run under the new policy yet: it may have been changed because that plan was wrong.
  if (present->policy_hash != policy_hash) {
    return absl::FailedPreconditionError(
        absl::StrCat("plan ", held.plan_id,
                     " was made under a policy that is no longer in force, so nothing was released: wait for the first "
                     "plan of the present one"));
  }
  if (held.plan_id == plan_id) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("plan ", plan_id,
                   " is not the held plan of this moment, so nothing was released. The present one is ", held.plan_id,
                   " with ", held.pairs, held.pairs == 1 ? " close" : " closes", ": look at it, then approve that id"));
}

}  // namespace

absl::Status Approvals::Approve(const policy::Plan* present, absl::string_view plan_id, absl::string_view policy_hash,
                                const OperatorNote& note, absl::Time now) {
  if (absl::Status status = CheckNote(note); !status.ok()) return status;
  if (absl::Status status = CheckPlan(present, plan_id, policy_hash); !status.ok()) return status;
  absl::Status written = WriteApproval(ledger_.database(),
                                       {.at = now,
                                        .agent = agent_name_,
                                        .plan_id = present->id,
                                        .policy_hash = present->policy_hash,
                                        .by = note.by,
                                        .reason = note.reason},
                                       *present);
  if (!written.ok()) {
    return absl::Status(written.code(), absl::StrCat("the approval could not be recorded, so nothing was released: ",
                                                     written.message()));
  }
  pairs_.AddHeldPairsOf(*present);
  Log(LogLevel::kWarning, "plan-approved",
      {{"plan", present->id}, {"by", note.by}, {"reason", note.reason}, {"pairs", HeldPlanOf(*present).pairs}});
  return absl::OkStatus();
}

void Approvals::OnCycle(const policy::Plan& plan, const policy::SessionTable& table) {
  pairs_.KeepOnlyThoseOf(plan, [&table](absl::string_view server) {
    const std::optional<size_t> index = table.FindServer(server);
    return index.has_value() && !table.server(*index).complete();
  });
}

}  // namespace idlewarden::agent
