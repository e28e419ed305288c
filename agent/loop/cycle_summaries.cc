#include "agent/loop/cycle_summaries.h"

#include <cstdint>

#include "agent/ledger/cycle_records.h"
#include "policy/model/decision.h"

namespace idlewarden::agent {

absl::Status CycleSummaries::OnCycle(const policy::Plan& plan, absl::Time now) {
  const bool same = plan.id == plan_id_ && plan.sessions_by_decision == counts_;
  if (same || now - written_at_ < kApart) return absl::OkStatus();
  const auto count = [&](policy::Decision decision) { return static_cast<int64_t>(plan.SessionCount(decision)); };
  const absl::Status written = WriteCycle(ledger_.database(), {.at = plan.at,
                                                               .agent = agent_name_,
                                                               .plan_id = plan.id,
                                                               .policy_hash = plan.policy_hash,
                                                               .close = count(policy::Decision::kClose),
                                                               .would_close = count(policy::Decision::kWouldClose),
                                                               .held = count(policy::Decision::kHeld),
                                                               .pending = count(policy::Decision::kPending),
                                                               .keep = count(policy::Decision::kKeep)});
  if (!written.ok()) return written;
  written_at_ = now;
  plan_id_ = plan.id;
  counts_ = plan.sessions_by_decision;
  return absl::OkStatus();
}

}  // namespace idlewarden::agent
