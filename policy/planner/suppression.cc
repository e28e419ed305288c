#include "policy/planner/suppression.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/model/duration.h"
#include "policy/model/resolved_policy.h"
#include "policy/model/server_block.h"
#include "policy/planner/close_scopes.h"

namespace idlewarden::policy {
namespace {

// Whether the limit counted it among what it would have to let through.
bool IsCounted(const SessionDecision& decision, Reason limit) {
  return decision.decision == Decision::kClose || decision.reason == limit;
}

class Why {
 public:
  Why(const CycleInput& input, const Decisions& decisions, size_t server, size_t row)
      : input_(input),
        rules_(input.policy.resolved().rules),
        decisions_(decisions),
        server_(input.table.server(server)),
        rows_(*server_.block().rows),
        of_server_(decisions[server]),
        row_(row) {
    const CloseScopes scopes(server_.block());
    scope_.push_back(row);
    for (size_t other = 0; other < of_server_.size(); ++other) {
      if (other != row && scopes.Contains(scopes.Of(row), other)) scope_.push_back(other);
    }
  }

  std::string Line() const {
    switch (of_server_[row_].reason) {
      case Reason::kCollateral:
        return Collateral();
      case Reason::kFor:
        return Waiting();
      case Reason::kLimitServer:
        return ServerLimit();
      case Reason::kLimitRule:
        return RuleLimit();
      case Reason::kLimitCycle:
        return CycleLimit();
      default:
        return "";
    }
  }

 private:
  std::string Who(size_t row) const { return absl::StrCat(server_.user(row), " from ", server_.client(row)); }

  // By itself, and not because of others.
  bool IsKept(size_t row) const {
    const SessionDecision& decision = of_server_[row];
    if (decision.reason == Reason::kSelf) return rows_.pair[row] == rows_.pair[row_];
    return decision.decision == Decision::kKeep && decision.reason != Reason::kCollateral;
  }

  bool Observes(int32_t rule) const {
    return rules_[rule].mode == RuleMode::kObserve || (!input_.demoted.empty() && input_.demoted[rule]);
  }

  std::string Collateral() const {
    for (const size_t other : scope_) {
      if (!IsKept(other)) continue;
      const absl::string_view by = input_.policy.NameOf(of_server_[other]);
      return absl::StrCat("a close would also end the session of ", Who(other), ", which is kept",
                          by.empty() ? "" : absl::StrCat(" by ", by), " (", ReasonName(of_server_[other].reason), ")");
    }
    for (const size_t other : scope_) {
      const int32_t rule = of_server_[other].rule;
      if (rule < 0 || !Observes(rule)) continue;
      return absl::StrCat("a close would also end the session of ", Who(other), ", which ", rules_[rule].name,
                          " only observes");
    }
    return "";
  }

  // Of the scope, one that has not waited for long enough: the session itself if it is one.
  std::string Waiting() const {
    if (input_.history == nullptr) return "";
    for (const size_t other : scope_) {
      if (of_server_[other].rule < 0) continue;  // the agent's own, which stands for its pair only
      const ResolvedRule& rule = rules_[of_server_[other].rule];
      const MatchHistory::Entry* entry =
          input_.history->Find(server_.name(), MatchHistory::KeyOf(server_, other, rule.fingerprint));
      const absl::Duration waited = entry == nullptr ? absl::ZeroDuration() : entry->last - entry->since;
      if (rule.for_time == absl::ZeroDuration() || waited >= rule.for_time) continue;
      return absl::StrCat(Who(other), " has matched ", rule.name, " for ", FormatShortDuration(waited), " of ",
                          FormatShortDuration(rule.for_time));
    }
    return "";
  }

  std::string ServerLimit() const {
    size_t closing = 0;
    for (const SessionDecision& decision : of_server_) closing += IsCounted(decision, Reason::kLimitServer) ? 1 : 0;
    return absl::StrCat(closing, " of ", of_server_.size(), " sessions on ", server_.name(),
                        " would be closed, more than max_percent_per_server: ",
                        input_.policy.limits().max_percent_per_server.value_or(100));
  }

  // Of one rule; of all if it is negative.
  size_t CountPairs(Reason limit, int32_t rule) const {
    size_t count = 0;
    for (size_t i = 0; i < decisions_.size(); ++i) {
      const ServerView server = input_.table.server(i);
      std::set<uint32_t> pairs;
      for (size_t row = 0; row < decisions_[i].size(); ++row) {
        const SessionDecision& decision = decisions_[i][row];
        if (IsCounted(decision, limit) && (rule < 0 || decision.rule == rule)) {
          pairs.insert(server.block().rows->pair[row]);
        }
      }
      count += pairs.size();
    }
    return count;
  }

  // The rule need not be the session's own: the scope is held as a whole. Where scopes overlap, it may even be that of
  // a session outside of it, such as of one whose close would end this one.
  std::string RuleLimit() const {
    for (const size_t other : scope_) {
      if (std::string line = RuleLimitOf(other); !line.empty()) return line;
    }
    for (size_t other = 0; other < of_server_.size(); ++other) {
      if (of_server_[other].reason != Reason::kLimitRule) continue;
      if (std::string line = RuleLimitOf(other); !line.empty()) return line;
    }
    return "";
  }

  // "" unless the row's rule has a limit that is exceeded.
  std::string RuleLimitOf(size_t row) const {
    const int32_t rule = of_server_[row].rule;
    if (rule < 0 || !rules_[rule].max_closes_per_cycle.has_value()) return "";
    const size_t pairs = CountPairs(Reason::kLimitRule, rule);
    const int64_t most = *rules_[rule].max_closes_per_cycle;
    if (static_cast<int64_t>(pairs) <= most) return "";
    return absl::StrCat(pairs, " pairs would be closed by ", rules_[rule].name,
                        ", more than its max_closes_per_cycle: ", most);
  }

  std::string CycleLimit() const {
    return absl::StrCat(CountPairs(Reason::kLimitCycle, -1), " pairs would be closed, more than max_closes_per_cycle: ",
                        input_.policy.limits().max_closes_per_cycle.value_or(0));
  }

  const CycleInput& input_;
  const std::vector<ResolvedRule>& rules_;
  const Decisions& decisions_;
  const ServerView server_;
  const SessionRows& rows_;
  const std::vector<SessionDecision>& of_server_;
  const size_t row_;
  std::vector<size_t> scope_;  // rows that a close would end: the session itself first
};

}  // namespace

std::string ExplainSuppression(const CycleInput& input, const Decisions& decisions, size_t server, size_t row) {
  return Why(input, decisions, server, row).Line();
}

}  // namespace idlewarden::policy
