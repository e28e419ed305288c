#include "policy/planner/planner.h"

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
    Decisions::Block found = serves ? input.before->Find(input.table, i) : nullptr;
    if (found != nullptr) {
      decisions.Share(i, std::move(found));
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
    decisions.Set(indexes[i], DecideBeforeLimits(input, servers[i], evaluator.Evaluate(servers[i])));
  };
  if (input.for_each) {
    input.for_each(servers.size(), decide);
  } else {
    for (size_t i = 0; i < servers.size(); ++i) decide(i);
  }
}

Decisions DecideWithoutLimits(const CycleInput& input, const DecisionTerms& terms) {
  Decisions decisions(input.table.server_count());
  DecideAnew(input, TakeOver(input, terms, decisions), decisions);
  return decisions;
}

}  // namespace

Decisions DecideAll(const CycleInput& input) {
  Decisions decisions = DecideWithoutLimits(input, TermsOf(input));
  ApplyLimits(input, decisions);
  return decisions;
}

CycleResult RunCycle(const CycleInput& input) {
  DecisionTerms terms = TermsOf(input);
  Decisions before_limits = DecideWithoutLimits(input, terms);
  Decisions decisions = before_limits;
  ApplyLimits(input, decisions);
  Plan plan = BuildPlan(input, decisions);
  return {std::move(before_limits), std::move(decisions), std::move(plan), std::move(terms)};
}

std::vector<SessionDecision> DecideServer(const CycleInput& input, size_t server_index) {
  const ServerView server = input.table.server(server_index);
  const TableEvaluator evaluator(input.policy, server, input.at, input.lookups);
  return DecideBeforeLimits(input, server, evaluator.Evaluate(server));
}

}  // namespace idlewarden::policy
