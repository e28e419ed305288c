#include "policy/planner/limits.h"

#include <algorithm>
#include <utility>

#include "policy/model/resolved_policy.h"
#include "policy/model/server_block.h"
#include "policy/planner/approved_rows.h"
#include "policy/planner/close_scopes.h"

namespace idlewarden::policy {
namespace {

using Rows = std::vector<SessionDecision>;
using Released = std::vector<ApprovedRows>;  // by server

void Hold(SessionDecision& decision, Reason reason) {
  decision.decision = Decision::kHeld;
  decision.reason = reason;
}

bool Closes(const Decisions& decisions, size_t server) { return decisions.Count(server, Decision::kClose) > 0; }

// Lets `hold(rows)` hold closes of the server, if there are any.
template <typename HoldRows>
void HoldSome(size_t server, Decisions& decisions, const HoldRows& hold) {
  if (!Closes(decisions, server)) return;
  Rows rows = decisions[server];
  hold(rows);
  if (rows != decisions[server]) decisions.Set(server, std::move(rows));
}

void HoldAllCloses(size_t server, const ApprovedRows& released, Reason reason, Decisions& decisions) {
  HoldSome(server, decisions, [&](Rows& rows) {
    for (size_t row = 0; row < rows.size(); ++row) {
      if (rows[row].decision == Decision::kClose && !released.Contains(row)) Hold(rows[row], reason);
    }
  });
}

void ApplyServerLimit(int64_t percent, size_t server, const ApprovedRows& released, Decisions& decisions) {
  const auto sessions = static_cast<int64_t>(decisions[server].size());
  if (sessions < kPercentLimitFromSessions) return;
  const auto closing = static_cast<int64_t>(decisions.Count(server, Decision::kClose));
  if (closing * 100 > percent * sessions) HoldAllCloses(server, released, Reason::kLimitServer, decisions);
}

// Calls visit(pair, rule) once for each pair to be closed and each rule that its sessions matched.
template <typename Visit>
void ForEachPairAndRule(const SessionRows& rows, const Rows& decisions, const Visit& visit) {
  std::vector<std::pair<uint32_t, int32_t>> pairs;
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (decisions[row].decision == Decision::kClose) pairs.emplace_back(rows.pair[row], decisions[row].rule);
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (const auto& [pair, rule] : pairs) visit(pair, rule);
}

// What must not be closed beside what is held: the rows of a held row's scope, and rows whose close would end a held
// one.
class HeldScopes {
 public:
  explicit HeldScopes(const CloseScopes& scopes) : scopes_(scopes), held_(scopes.count()), with_held_(scopes.count()) {}

  void Hold(size_t row) {
    held_[scopes_.Of(row)] = true;
    scopes_.ForEachWith(row, [this](uint32_t scope) { with_held_[scope] = true; });
  }
  bool Holds(size_t row) const {
    bool held = with_held_[scopes_.Of(row)];
    scopes_.ForEachWith(row, [&](uint32_t scope) { held = held || held_[scope]; });
    return held;
  }

 private:
  const CloseScopes& scopes_;
  std::vector<bool> held_;
  std::vector<bool> with_held_;  // a row in that scope is held
};

// Holds every scope in which a session matched a rule of `held`. Where scopes overlap, one hold may bring another.
void HoldScopesOfRules(const ServerBlock& block, const std::vector<bool>& held, const ApprovedRows& released,
                       Rows& decisions) {
  const CloseScopes scopes(block);
  HeldScopes held_scopes(scopes);
  for (bool more = true; more;) {
    more = false;
    for (size_t row = 0; row < decisions.size(); ++row) {
      if (decisions[row].decision != Decision::kClose || released.Contains(row)) continue;
      if (!held[decisions[row].rule] && !held_scopes.Holds(row)) continue;
      Hold(decisions[row], Reason::kLimitRule);
      held_scopes.Hold(row);
      more = true;
    }
  }
}

void ApplyRuleLimits(const CycleInput& input, const Released& released, Decisions& decisions) {
  const std::vector<ResolvedRule>& rules = input.policy.resolved().rules;
  const auto has_limit = [](const ResolvedRule& rule) { return rule.max_closes_per_cycle.has_value(); };
  if (std::none_of(rules.begin(), rules.end(), has_limit)) return;
  std::vector<int64_t> pairs(rules.size());
  for (size_t i = 0; i < decisions.size(); ++i) {
    if (!Closes(decisions, i)) continue;
    ForEachPairAndRule(*input.table.server(i).block().rows, decisions[i],
                       [&](uint32_t /*pair*/, int32_t rule) { ++pairs[rule]; });
  }
  std::vector<bool> held(rules.size());
  for (size_t i = 0; i < rules.size(); ++i) held[i] = has_limit(rules[i]) && pairs[i] > *rules[i].max_closes_per_cycle;
  if (std::find(held.begin(), held.end(), true) == held.end()) return;
  for (size_t i = 0; i < decisions.size(); ++i) {
    HoldSome(i, decisions,
             [&](Rows& rows) { HoldScopesOfRules(input.table.server(i).block(), held, released[i], rows); });
  }
}

int64_t CountPairs(const SessionRows& rows, const Rows& decisions) {
  std::vector<bool> closing(rows.pair_count);
  int64_t count = 0;
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (decisions[row].decision != Decision::kClose || closing[rows.pair[row]]) continue;
    closing[rows.pair[row]] = true;
    ++count;
  }
  return count;
}

void ApplyCycleLimit(int64_t limit, const CycleInput& input, const Released& released, Decisions& decisions) {
  int64_t pairs = 0;
  for (size_t i = 0; i < decisions.size(); ++i) {
    if (Closes(decisions, i)) pairs += CountPairs(*input.table.server(i).block().rows, decisions[i]);
  }
  if (pairs <= limit) return;
  for (size_t i = 0; i < decisions.size(); ++i) HoldAllCloses(i, released[i], Reason::kLimitCycle, decisions);
}

Released FindReleased(const CycleInput& input, const Decisions& decisions) {
  Released released(decisions.size());
  if (input.approved == nullptr || input.approved->empty()) return released;
  for (size_t i = 0; i < decisions.size(); ++i) {
    if (Closes(decisions, i)) released[i] = ApprovedRows(input, input.table.server(i), decisions[i]);
  }
  return released;
}

}  // namespace

void ApplyLimits(const CycleInput& input, Decisions& decisions) {
  const Limits& limits = input.policy.limits();
  const Released released = FindReleased(input, decisions);
  if (limits.max_percent_per_server.has_value()) {
    for (size_t i = 0; i < decisions.size(); ++i) {
      ApplyServerLimit(*limits.max_percent_per_server, i, released[i], decisions);
    }
  }
  ApplyRuleLimits(input, released, decisions);
  if (limits.max_closes_per_cycle.has_value()) {
    ApplyCycleLimit(*limits.max_closes_per_cycle, input, released, decisions);
  }
}

}  // namespace idlewarden::policy
