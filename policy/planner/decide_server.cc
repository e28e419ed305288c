#include "policy/planner/decide_server.h"

#include <optional>

#include "policy/model/resolved_policy.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"
#include "policy/planner/close_scopes.h"

namespace idlewarden::policy {
namespace {

// What the sessions in one scope have in common for lines 7 and 8.
struct ScopeState {
  bool kept = false;      // a session is kept by lines 1-6
  bool observed = false;  // a session matched a rule in observe
  bool waiting = false;   // a session's `for` has not passed
};

class ServerDecider {
 public:
  ServerDecider(const CycleInput& input, const ServerView& server)
      : input_(input),
        policy_(input.policy.resolved()),
        server_(server),
        rows_(*server.block().rows),
        scopes_(server.block()),
        scope_states_(scopes_.count()),
        pair_has_self_(rows_.pair_count) {}

  std::vector<SessionDecision> Decide(const std::vector<RowMatch>& matches) {
    std::vector<SessionDecision> decisions;
    decisions.reserve(matches.size());
    for (size_t row = 0; row < matches.size(); ++row) {
      decisions.push_back(DecideAlone(row, matches[row]));
      Note(row, decisions.back());
    }
    for (size_t row = 0; row < matches.size(); ++row) {
      if (IsMatched(decisions[row])) decisions[row] = DecideInScope(row, decisions[row]);
    }
    return decisions;
  }

 private:
  // Lines 1-6 decided nothing.
  static bool IsMatched(const SessionDecision& decision) { return decision.reason == Reason::kMatched; }

  // Asked for the first row that comes so far: most servers have none.
  bool IsExempt(size_t row) {
    if (!input_.exempt) return false;
    if (!exempt_.has_value()) exempt_ = input_.exempt(server_);
    return (*exempt_)[row];
  }

  // Lines 1-6; else the matching rule with reason kMatched.
  SessionDecision DecideAlone(size_t row, const RowMatch& match) {
    const UserValue& user = server_.pools().users()[rows_.user[row]];
    const ClientValue& client = server_.pools().clients()[rows_.client[row]];
    if (!user.nameable || !client.nameable) return {Decision::kKeep, Reason::kAnonymous, -1};
    if (rows_.flags[row] & kOwn) return {Decision::kKeep, Reason::kSelf, -1};
    if (user.is_machine() && !policy_.allow_machine_accounts) return {Decision::kKeep, Reason::kMachineAccount, -1};
    if (match.protection >= 0) {
      const Reason reason = match.protection_unknown ? Reason::kProtectedUnknown : Reason::kProtected;
      return {Decision::kKeep, reason, match.protection};
    }
    if (match.rule < 0) return {Decision::kKeep, Reason::kNoRule, -1};
    if (!server_.complete()) return {Decision::kKeep, Reason::kIncomplete, match.rule};
    if (IsExempt(row)) return {Decision::kKeep, Reason::kExempt, match.rule};
    return {Decision::kClose, Reason::kMatched, match.rule};
  }

  // What the row means for the others of each scope that it is in.
  void Note(size_t row, const SessionDecision& decision) {
    // The agent's own connection is shared with nobody, so it only stands for its own pair.
    if (decision.reason == Reason::kSelf) {
      pair_has_self_[rows_.pair[row]] = true;
      return;
    }
    const bool matched = IsMatched(decision);
    const bool observed = matched && !Enforces(decision.rule);
    const bool waiting = matched && !HasWaited(row, policy_.rules[decision.rule]);
    scopes_.ForEachWith(row, [&](uint32_t number) {
      ScopeState& scope = scope_states_[number];
      scope.kept |= !matched;
      scope.observed |= observed;
      scope.waiting |= waiting;
    });
  }

  bool Enforces(int32_t rule) const {
    const bool demoted = !input_.demoted.empty() && input_.demoted[rule];
    return policy_.rules[rule].mode == RuleMode::kEnforce && !demoted;
  }

  bool HasWaited(size_t row, const ResolvedRule& rule) const {
    if (input_.history == nullptr || rule.for_time == absl::ZeroDuration()) return true;
    const MatchHistory::Entry* entry =
        input_.history->Find(server_.name(), MatchHistory::KeyOf(server_, row, rule.fingerprint));
    return entry != nullptr && entry->enumerations >= 2 && entry->last - entry->since >= rule.for_time;
  }

  // Lines 7-9 and 11 for a session that matched a rule.
  SessionDecision DecideInScope(size_t row, const SessionDecision& matched) const {
    const ScopeState& scope = scope_states_[scopes_.Of(row)];
    const bool enforce = Enforces(matched.rule);
    const bool collateral = scope.kept || pair_has_self_[rows_.pair[row]] || (enforce && scope.observed);
    if (collateral) return {Decision::kKeep, Reason::kCollateral, matched.rule};
    if (scope.waiting) return {Decision::kPending, Reason::kFor, matched.rule};
    const Decision decision = enforce && !input_.observe_only ? Decision::kClose : Decision::kWouldClose;
    return {decision, Reason::kMatched, matched.rule};
  }

  const CycleInput& input_;
  const ResolvedPolicy& policy_;
  const ServerView& server_;
  const SessionRows& rows_;
  const CloseScopes scopes_;
  std::vector<ScopeState> scope_states_;
  std::vector<bool> pair_has_self_;
  std::optional<std::vector<bool>> exempt_;  // by row
};

}  // namespace

std::vector<SessionDecision> DecideBeforeLimits(const CycleInput& input, const ServerView& server,
                                                const std::vector<RowMatch>& matches) {
  return ServerDecider(input, server).Decide(matches);
}

}  // namespace idlewarden::policy
