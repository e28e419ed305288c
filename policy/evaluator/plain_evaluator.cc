#include "policy/evaluator/plain_evaluator.h"

#include <algorithm>
#include <optional>

#include "policy/evaluator/pattern_answer.h"

namespace idlewarden::policy {
namespace {

// A value that is not known is so for the condition as a whole, also where its lists have no entries at all.
Answer AnswerSet(const PatternSet& set, PatternCondition::Field field, const SessionFacts& session) {
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

std::optional<int64_t> CountOf(CountCondition::Field field, const SessionFacts& session) {
  switch (field) {
    case CountCondition::Field::kOpenFiles:
      return session.open_files;
    case CountCondition::Field::kServerSessions:
      return session.server_sessions;
    case CountCondition::Field::kUserSessions:
      break;
  }
  if (!session.user_known()) return std::nullopt;
  return session.user_sessions;
}

struct ConditionAnswer {
  const SessionFacts& session;

  Answer operator()(const TimeCondition& c) const {
    if (c.field == TimeCondition::Field::kAge) return AnswerBounds(c.bounds, session.age);
    if (!session.idle_at_least || !session.idle.has_value()) return AnswerBounds(c.bounds, session.idle);
    return c.bounds.AnswerLowerBound(*session.idle);
  }
  Answer operator()(const CountCondition& c) const { return AnswerBounds(c.bounds, CountOf(c.field, session)); }
  Answer operator()(const PatternCondition& c) const {
    const Answer in = c.in.has_value() ? AnswerSet(*c.in, c.field, session) : Answer::kYes;
    const Answer not_in = c.not_in.has_value() ? Not(AnswerSet(*c.not_in, c.field, session)) : Answer::kYes;
    return And(in, not_in);
  }
  Answer operator()(const LabelCondition& c) const {
    const auto label = session.server->labels.find(c.label);
    if (label == session.server->labels.end()) return Answer::kNo;
    return ToAnswer(std::find(c.values.begin(), c.values.end(), label->second) != c.values.end());
  }
  Answer operator()(const GuestCondition& c) const {
    return session.guest.has_value() ? ToAnswer(*session.guest == c.guest) : Answer::kUnknown;
  }
  Answer operator()(const DuringCondition& c) const {
    return ToAnswer(std::any_of(c.windows.begin(), c.windows.end(),
                                [&](const Window& window) { return window.Contains(session.at); }));
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

Answer AnswerCondition(const Condition& condition, const SessionFacts& session) {
  return std::visit(ConditionAnswer{session}, condition);
}

Answer AnswerConjunction(const Conjunction& parts, const SessionFacts& session) {
  Answer answer = Answer::kYes;
  for (const Condition& part : parts) {
    answer = And(answer, AnswerCondition(part, session));
    if (answer == Answer::kNo) return answer;
  }
  return answer;
}

Answer AnswerWhen(const ResolvedWhen& when, const SessionFacts& session) {
  const Answer all = AnswerConjunction(when.all, session);
  if (all == Answer::kNo || when.any.empty()) return all;
  Answer any = Answer::kNo;
  for (const Conjunction& map : when.any) any = Or(any, AnswerConjunction(map, session));
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
