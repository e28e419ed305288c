#include "policy/planner/planner.h"

#include <utility>

#include "policy/planner/decide_server.h"
#include "policy/planner/limits.h"
#include "policy/planner/plan_builder.h"

namespace idlewarden::policy {

Decisions DecideAll(const CycleInput& input) {
  Decisions decisions;
  decisions.reserve(input.table.server_count());
  for (size_t i = 0; i < input.table.server_count(); ++i) decisions.push_back(DecideServer(input, i));
  ApplyLimits(input, decisions);
  return decisions;
}

CycleResult RunCycle(const CycleInput& input) {
  Decisions decisions = DecideAll(input);
  Plan plan = BuildPlan(input, decisions);
  return {std::move(decisions), std::move(plan)};
}

std::vector<SessionDecision> DecideServer(const CycleInput& input, size_t server_index) {
  return DecideBeforeLimits(input, input.table.server(server_index));
}

}  // namespace idlewarden::policy
