#include "policy/evaluator/plain_evaluator.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "policy/evaluator/pattern_answer.h"

namespace idlewarden::policy {
namespace {

// A value that is not known is so for the condition as a whole, also where its lists have no entries at all.
Answer AnswerSet(const PatternSet& set, Field field, const SessionFacts& session) {
  if (!IsReported(field, session)) return Answer::kUnknown;
  Answer answer = Answer::kNo;
  for (const std::shared_ptr<const PatternList>& list : set) {
    for (const Pattern& pattern : list->patterns) {
      answer = Or(answer, AnswerPattern(pattern, field, session).answer);
      if (answer == Answer::kYes) return answer;
    }
  }
  return answer;
}

template <typename Bounds>
Answer AnswerBounds(const Bounds& bounds, const std::optional<int64_t>& value) {
  return value.has_value() ? ToAnswer(bounds.Contains(*value)) : Answer::kUnknown;
}

Answer AnswerLabel(const LabelTest& test, const SessionFacts& session) {
  const auto label = session.server->labels.find(test.label);
  if (label == session.server->labels.end()) return Answer::kNo;
  return ToAnswer(std::find(test.values.begin(), test.values.end(), label->second) != test.values.end());
}

// The answer of a condition, by its kind of value.
struct ConditionAnswer {
  Field field;
  const SessionFacts& session;

  Answer operator()(const TimeBounds& bounds) const {
    const std::optional<int64_t> seconds = NumberOf(field, session);
    if (seconds.has_value() && session.is_lower_bound(field)) return bounds.AnswerLowerBound(*seconds);
    return AnswerBounds(bounds, seconds);
  }
  Answer operator()(const CountBounds& bounds) const { return AnswerBounds(bounds, NumberOf(field, session)); }
  Answer operator()(const PatternLists<PatternSet>& lists) const {
    const Answer in = lists.in.has_value() ? AnswerSet(*lists.in, field, session) : Answer::kYes;
    const Answer not_in = lists.not_in.has_value() ? Not(AnswerSet(*lists.not_in, field, session)) : Answer::kYes;
    return And(in, not_in);
  }
  Answer operator()(const ServerTests<PatternSet>& servers) const {
    Answer answer = (*this)(servers.names);
    for (const LabelTest& test : servers.labels) answer = And(answer, AnswerLabel(test, session));
    return answer;
  }
  Answer operator()(bool flag) const {
    static_assert(AreAll<IsFlag>({Field::kGuest}));
    return session.guest.has_value() ? ToAnswer(*session.guest == flag) : Answer::kUnknown;
  }
  Answer operator()(const Windows& windows) const {
    return ToAnswer(
        std::any_of(windows.begin(), windows.end(), [&](const Window& window) { return window.Contains(session.at); }));
  }
};

// Line 2 before line 3: a yes of a later protection goes before the unknown of an earlier one.
void MatchProtections(const ResolvedPolicy& policy, const SessionFacts& session, RowMatch& match) {
  for (size_t i = 0; i < policy.protections.size(); ++i) {
    const Answer answer = AnswerWhen(policy.protections[i].when, session);
    if (answer == Answer::kYes) {
      match.protection = static_cast<int32_t>(i);
      match.protection_unknown = false;
      return;
    }
    if (answer == Answer::kUnknown && match.protection < 0) {
      match.protection = static_cast<int32_t>(i);
      match.protection_unknown = true;
    }
  }
}

}  // namespace

Answer AnswerCondition(const ResolvedCondition& condition, const SessionFacts& session) {
  return std::visit(ConditionAnswer{condition.field, session}, condition.value);
}

Answer AnswerConditions(const ResolvedConditions& conditions, const SessionFacts& session) {
  Answer answer = Answer::kYes;
  for (const ResolvedCondition& condition : conditions) {
    answer = And(answer, AnswerCondition(condition, session));
    if (answer == Answer::kNo) return answer;
  }
  return answer;
}

Answer AnswerWhen(const ResolvedWhen& when, const SessionFacts& session) {
  const Answer all = AnswerConditions(when.all, session);
  if (all == Answer::kNo || when.any.empty()) return all;
  Answer any = Answer::kNo;
  for (const ResolvedConditions& map : when.any) any = Or(any, AnswerConditions(map, session));
  return And(all, any);
}

RowMatch MatchPlainly(const ResolvedPolicy& policy, const SessionFacts& session) {
  RowMatch match;
  MatchProtections(policy, session, match);
  if (match.protection >= 0) return match;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    if (AnswerWhen(policy.rules[i].when, session) != Answer::kYes) continue;
    match.rule = static_cast<int32_t>(i);
    break;
  }
  return match;
}

}  // namespace idlewarden::policy
