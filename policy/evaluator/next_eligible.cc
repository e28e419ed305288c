#include "policy/evaluator/next_eligible.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "policy/evaluator/row_match.h"
#include "policy/evaluator/table_evaluator.h"
#include "policy/matcher/eligibility_search.h"
#include "policy/matcher/policy_index.h"
#include "policy/model/resolved_policy.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {
namespace {

constexpr int64_t kNever = EligibilityIndex::kNever;

// Conditions on what does not change by itself while the session lasts.
bool IsStable(const ResolvedConditions& conditions) {
  return std::none_of(conditions.begin(), conditions.end(),
                      [](const ResolvedCondition& condition) { return ChangesByItself(condition.info()); });
}

bool IsStable(const ResolvedWhen& when) {
  return IsStable(when.all) &&
         std::all_of(when.any.begin(), when.any.end(), [](const ResolvedConditions& map) { return IsStable(map); });
}

// What keeps a session for good, apart from the policy's own protections: these need its strings, which most sessions
// are spared.
class BuiltInProtections {
 public:
  BuiltInProtections(const ResolvedPolicy& policy, const ServerView& server)
      : policy_(policy), pools_(server.pools()), rows_(*server.block().rows) {}

  bool Spare(uint32_t row) const {
    const UserValue& user = pools_.users()[rows_.user[row]];
    if (rows_.flags[row] & kOwn || !user.nameable || !pools_.clients()[rows_.client[row]].nameable) return true;
    return user.is_machine() && !policy_.allow_machine_accounts;
  }

 private:
  const ResolvedPolicy& policy_;
  const StringPools& pools_;
  const SessionRows& rows_;
};

// The least `for` of the rules that sessions are matched by already.
int64_t SoonestMatched(const ResolvedPolicy& policy, const BuiltInProtections& built_in,
                       const std::vector<RowMatch>& matches) {
  int64_t best = kNever;
  for (uint32_t row = 0; row < matches.size(); ++row) {
    if (matches[row].rule < 0) continue;
    const int64_t wait = absl::ToInt64Seconds(policy.rules[matches[row].rule].for_time);
    if (wait > 0 && wait < best && !built_in.Spare(row)) best = wait;
  }
  return best;
}

// The rows that no rule matches, without those that a protection keeps for good.
std::vector<uint32_t> Unmatched(const ResolvedPolicy& policy, const std::vector<RowMatch>& matches) {
  std::vector<bool> for_good;
  for (const ResolvedProtection& protection : policy.protections) for_good.push_back(IsStable(protection.when));
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < matches.size(); ++row) {
    const RowMatch& match = matches[row];
    if (match.rule < 0 && (match.protection < 0 || !for_good[match.protection])) rows.push_back(row);
  }
  return rows;
}

}  // namespace

absl::Duration TimeToNextEligible(const CompiledPolicy& compiled, const SessionTable& table, size_t server_index,
                                  absl::Time at, LookupCache* kept) {
  const ServerView server = table.server(server_index);
  const ResolvedPolicy& policy = compiled.resolved();
  const BuiltInProtections built_in(policy, server);
  const TableEvaluator evaluator(compiled, server, at, kept);
  const std::vector<RowMatch> matches = evaluator.Evaluate(server);
  const int64_t seconds = EligibilitySearch(evaluator.lookups(), server.block())
                              .Soonest(Unmatched(policy, matches), SoonestMatched(policy, built_in, matches),
                                       [&](uint32_t row) { return !built_in.Spare(row); });
  return seconds == kNever ? absl::InfiniteDuration() : absl::Seconds(seconds);
}

}  // namespace idlewarden::policy
