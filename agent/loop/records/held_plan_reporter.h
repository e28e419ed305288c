// HeldPlanReporter: logs when limits begin, and cease, to hold something back, and keeps the metrics of it.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_HELD_PLAN_REPORTER_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_HELD_PLAN_REPORTER_H_

#include "agent/metrics/metrics.h"
#include "agent/overrides/held_plan.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

class HeldPlanReporter {
 public:
  explicit HeldPlanReporter(AgentMetrics& metrics) : metrics_(metrics) {}

  void OnPlan(const policy::Plan& plan);

  // Of the last plan.
  const HeldPlan& held() const { return held_; }

 private:
  AgentMetrics& metrics_;
  HeldPlan held_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_HELD_PLAN_REPORTER_H_
