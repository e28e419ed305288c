// HeldPlan: what the limits hold back of one plan, summed up for status, metrics and log.
//
// A plain value; pure functions.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_HELD_PLAN_H_
#define IDLEWARDEN_AGENT_OVERRIDES_HELD_PLAN_H_

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "policy/model/decision.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

struct HeldPlan {
  struct Limit {
    size_t pairs = 0;
    std::set<std::string> servers;
  };

  std::string plan_id;
  size_t pairs = 0;  // 0: nothing is held
  size_t sessions = 0;
  std::map<policy::Reason, Limit> limits;  // those that hold something

  bool empty() const { return pairs == 0; }
  size_t PairsHeldBy(policy::Reason limit) const;
  // The same limits hold something on the same servers.
  bool SameHoldsAs(const HeldPlan& other) const;
};

HeldPlan HeldPlanOf(const policy::Plan& plan);

// One line that says what is held, by which limits and where, and how to release it. Empty if nothing is.
std::string HeldSentence(const HeldPlan& held);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_HELD_PLAN_H_
