#include "policy/planner/planner.h"

#include <utility>

#include "policy/evaluator/table_evaluator.h"
#include "policy/planner/decide_server.h"
#include "policy/planner/limits.h"
#include "policy/planner/plan_builder.h"

namespace idlewarden::policy {

Decisions DecideAll(const CycleInput& input) {
  Decisions decisions(input.table.server_count());
  const TableEvaluator evaluator(input.policy, input.table, input.at);
  const auto decide = [&](size_t i) {
    const ServerView server = input.table.server(i);
    decisions[i] = DecideBeforeLimits(input, server, evaluator.Evaluate(server));
  };
  if (input.for_each) {
    input.for_each(decisions.size(), decide);
  } else {
    for (size_t i = 0; i < decisions.size(); ++i) decide(i);
  }
  ApplyLimits(input, decisions);
  return decisions;
}

CycleResult RunCycle(const CycleInput& input) {
  Decisions decisions = DecideAll(input);
  Plan plan = BuildPlan(input, decisions);
  return {std::move(decisions), std::move(plan)};
}

std::vector<SessionDecision> DecideServer(const CycleInput& input, size_t server_index) {
  const ServerView server = input.table.server(server_index);
  return DecideBeforeLimits(input, server, TableEvaluator(input.policy, server, input.at).Evaluate(server));
}

}  // namespace idlewarden::policy
