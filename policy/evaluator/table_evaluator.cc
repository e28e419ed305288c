#include "policy/evaluator/table_evaluator.h"

#include "policy/compiler/index/policy_index.h"

namespace idlewarden::policy {
namespace {

// How many sessions ahead the sets of users and clients are loaded.
constexpr size_t kAhead = 6;

}  // namespace

TableEvaluator::TableEvaluator(const CompiledPolicy& policy, const SessionTable& table, absl::Time at)
    : TableEvaluator(policy, ValuesInUse::OfTable(table), at) {}

TableEvaluator::TableEvaluator(const CompiledPolicy& policy, const ServerView& server, absl::Time at)
    : TableEvaluator(policy, ValuesInUse::OfServer(server), at) {}

TableEvaluator::TableEvaluator(const CompiledPolicy& policy, const ValuesInUse& values, absl::Time at)
    : protections_possible_(policy.index().protections_possible(), policy.index().patterns(), values, at),
      protections_certain_(policy.index().protections_certain(), policy.index().patterns(), values, at),
      rules_(policy.index().rules(), policy.index().patterns(), values, at) {}

std::vector<RowMatch> TableEvaluator::Evaluate(const ServerView& view) const {
  const PlaneEvaluator::Server possible(protections_possible_, view.block());
  const PlaneEvaluator::Server certain(protections_certain_, view.block());
  const PlaneEvaluator::Server rules(rules_, view.block());
  std::vector<RowMatch> matches(view.size());
  for (size_t row = 0; row < matches.size(); ++row) {
    possible.Prefetch(row + kAhead);
    rules.Prefetch(row + kAhead);
    RowMatch& match = matches[row];
    // Where nothing answers yes or unknown, nothing answers yes.
    match.protection = possible.FirstMatch(row);
    if (match.protection < 0) {
      match.rule = rules.FirstMatch(row);
      continue;
    }
    const int32_t yes = certain.FirstMatch(row);
    match.protection_unknown = yes < 0;
    if (yes >= 0) match.protection = yes;
  }
  return matches;
}

}  // namespace idlewarden::policy
