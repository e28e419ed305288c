#include "agent/loop/records/held_plan_reporter.h"

#include <utility>

#include "agent/log/log.h"

namespace idlewarden::agent {

void HeldPlanReporter::OnPlan(const policy::Plan& plan) {
  HeldPlan held = HeldPlanOf(plan);
  for (const policy::Reason limit :
       {policy::Reason::kLimitServer, policy::Reason::kLimitRule, policy::Reason::kLimitCycle}) {
    metrics_.SetHeldPairs(policy::ReasonName(limit), held.PairsHeldBy(limit));
  }
  const bool same = held.SameHoldsAs(held_);
  held_ = std::move(held);
  if (same) return;
  if (held_.empty()) {
    Log(LogLevel::kInfo, "plan-not-held", {{"plan", plan.id}});
  } else {
    Log(LogLevel::kWarning, "plan-held",
        {{"plan", plan.id}, {"policy", plan.policy_hash}, {"what", HeldSentence(held_)}});
  }
}

}  // namespace idlewarden::agent
