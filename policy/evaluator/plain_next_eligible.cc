#include "policy/evaluator/plain_next_eligible.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/session_facts.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {
namespace {

constexpr int64_t kNever = -1;

// Seconds until the bounds are first met if the value only grows; kNever if that cannot happen. `lower_bound`: the
// value is only known to be no less, and grows likewise.
int64_t SecondsUntil(const TimeBounds& bounds, const std::optional<int64_t>& value, bool lower_bound, bool may_fall) {
  if (!value.has_value()) return kNever;
  const int64_t at_least = bounds.at_least.value_or(0);
  if (lower_bound && bounds.below.has_value()) return at_least;  // never certain, but once its next use is seen
  if (bounds.Contains(*value)) return 0;
  if (*value < at_least) return at_least - *value;
  return may_fall ? at_least : kNever;  // past `below`: only a session that becomes active again falls under it
}

// kNever if a condition that does not change by itself rules the session out.
int64_t SecondsUntil(const ResolvedConditions& conditions, const SessionFacts& session) {
  int64_t seconds = 0;
  for (const ResolvedCondition& condition : conditions) {
    int64_t needed = 0;
    if (const auto* bounds = std::get_if<TimeBounds>(&condition.value)) {
      const Field field = condition.field;
      needed = SecondsUntil(*bounds, NumberOf(field, session), session.is_lower_bound(field), field == Field::kIdle);
    } else if (!ChangesByItself(condition.info())) {
      needed = AnswerCondition(condition, session) == Answer::kYes ? 0 : kNever;
    }
    if (needed == kNever) return kNever;
    seconds = std::max(seconds, needed);
  }
  return seconds;
}

int64_t SecondsUntil(const ResolvedWhen& when, const SessionFacts& session) {
  const int64_t all = SecondsUntil(when.all, session);
  if (all == kNever || when.any.empty()) return all;
  int64_t best = kNever;
  for (const ResolvedConditions& map : when.any) {
    const int64_t seconds = SecondsUntil(map, session);
    if (seconds != kNever && (best == kNever || seconds < best)) best = seconds;
  }
  return best == kNever ? kNever : std::max(all, best);
}

// Conditions on what does not change by itself while the session lasts.
bool IsStable(const ResolvedConditions& conditions) {
  return std::none_of(conditions.begin(), conditions.end(),
                      [](const ResolvedCondition& condition) { return ChangesByItself(condition.info()); });
}

bool IsStable(const ResolvedWhen& when) {
  return IsStable(when.all) &&
         std::all_of(when.any.begin(), when.any.end(), [](const ResolvedConditions& map) { return IsStable(map); });
}

bool IsProtectedForGood(const ResolvedPolicy& policy, const SessionFacts& session, const RowMatch& match) {
  if (session.own || !session.user->nameable || !session.client->nameable) return true;
  if (session.user->is_machine() && !policy.allow_machine_accounts) return true;
  return match.protection >= 0 && IsStable(policy.protections[match.protection].when);
}

int64_t SecondsUntilMatched(const ResolvedPolicy& policy, const SessionFacts& session) {
  const RowMatch match = MatchPlainly(policy, session);
  if (IsProtectedForGood(policy, session, match)) return kNever;
  if (match.rule >= 0) {
    const absl::Duration wait = policy.rules[match.rule].for_time;
    return wait > absl::ZeroDuration() ? absl::ToInt64Seconds(wait) : kNever;
  }
  int64_t best = kNever;
  for (const ResolvedRule& rule : policy.rules) {
    const int64_t seconds = SecondsUntil(rule.when, session);
    if (seconds != kNever && (best == kNever || seconds < best)) best = seconds;
  }
  return best;
}

}  // namespace

absl::Duration TimeToNextEligiblePlainly(const CompiledPolicy& policy, const SessionTable& table, size_t server_index,
                                         absl::Time at) {
  const ServerView server = table.server(server_index);
  int64_t best = kNever;
  for (size_t row = 0; row < server.size() && best != 0; ++row) {
    const int64_t seconds = SecondsUntilMatched(policy.resolved(), FactsOf(server, row, at));
    if (seconds != kNever && (best == kNever || seconds < best)) best = seconds;
  }
  return best == kNever ? absl::InfiniteDuration() : absl::Seconds(best);
}

}  // namespace idlewarden::policy
