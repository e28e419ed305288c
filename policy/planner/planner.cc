#include "policy/planner/planner.h"

#include <optional>
#include <utility>

#include "policy/evaluator/table_evaluator.h"
#include "policy/planner/decide_server.h"
#include "policy/planner/limits.h"
#include "policy/planner/plan_builder.h"

namespace idlewarden::policy {
namespace {

// Fills in the decisions that the cycle before has made already; returns which servers are left.
std::vector<size_t> TakeOver(const CycleInput& input, const DecisionTerms& terms, Decisions& decisions) {
  std::vector<size_t> left;
  const bool serves = input.before != nullptr && input.before->Serves(terms);
  for (size_t i = 0; i < decisions.size(); ++i) {
    auto found = serves ? input.before->Find(input.table.server(i)) : std::nullopt;
    if (found.has_value()) {
      decisions[i] = *std::move(found);
    } else {
      left.push_back(i);
    }
  }
  return left;
}

void DecideAnew(const CycleInput& input, const std::vector<size_t>& indexes, Decisions& decisions) {
  std::vector<ServerView> servers;
  for (const size_t index : indexes) servers.push_back(input.table.server(index));
  const TableEvaluator evaluator(input.policy, servers, input.at, input.lookups);
  const auto decide = [&](size_t i) {
    decisions[indexes[i]] = DecideBeforeLimits(input, servers[i], evaluator.Evaluate(servers[i]));
  };
  if (input.for_each) {
    input.for_each(servers.size(), decide);
  } else {
    for (size_t i = 0; i < servers.size(); ++i) decide(i);
  }
}

Decisions Decide(const CycleInput& input, const DecisionTerms& terms) {
  Decisions decisions(input.table.server_count());
  DecideAnew(input, TakeOver(input, terms, decisions), decisions);
  ApplyLimits(input, decisions);
  return decisions;
}

}  // namespace

Decisions DecideAll(const CycleInput& input) { return Decide(input, TermsOf(input)); }

CycleResult RunCycle(const CycleInput& input) {
  DecisionTerms terms = TermsOf(input);
  Decisions decisions = Decide(input, terms);
  Plan plan = BuildPlan(input, decisions);
  return {std::move(decisions), std::move(plan), std::move(terms)};
}

std::vector<SessionDecision> DecideServer(const CycleInput& input, size_t server_index) {
  const ServerView server = input.table.server(server_index);
  const TableEvaluator evaluator(input.policy, server, input.at, input.lookups);
  return DecideBeforeLimits(input, server, evaluator.Evaluate(server));
}

}  // namespace idlewarden::policy
