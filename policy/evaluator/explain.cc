#include "policy/evaluator/explain.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "policy/evaluator/pattern_answer.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/session_facts.h"
#include "policy/model/duration.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {
namespace {

std::string Seconds(int64_t seconds) { return FormatShortDuration(absl::Seconds(seconds)); }

std::string Required(const TimeBounds& bounds) {
  std::vector<std::string> parts;
  if (bounds.at_least.has_value()) parts.push_back(absl::StrCat("at least ", Seconds(*bounds.at_least)));
  if (bounds.below.has_value()) parts.push_back(absl::StrCat("below ", Seconds(*bounds.below)));
  return absl::StrJoin(parts, " and ");
}

std::string Required(const CountBounds& bounds) {
  if (bounds.at_least.has_value() && bounds.at_least == bounds.at_most)
    return absl::StrCat("exactly ", *bounds.at_least);
  std::vector<std::string> parts;
  if (bounds.at_least.has_value()) parts.push_back(absl::StrCat("at least ", *bounds.at_least));
  if (bounds.at_most.has_value()) parts.push_back(absl::StrCat("at most ", *bounds.at_most));
  return absl::StrJoin(parts, " and ");
}

// The first few entries, and how many more there are.
std::string Required(const PatternSet& set) {
  constexpr size_t kShown = 4;
  std::vector<std::string> shown;
  size_t more = 0;
  for (const std::shared_ptr<const PatternList>& list : set) {
    if (!list->name.empty()) {
      shown.push_back(absl::StrCat("$", list->name));
      continue;
    }
    for (const Pattern& pattern : list->patterns) {
      if (shown.size() < kShown) {
        shown.push_back(absl::StrCat("\"", pattern.text, "\""));
      } else {
        ++more;
      }
    }
  }
  return absl::StrCat("[", absl::StrJoin(shown, ", "), more > 0 ? absl::StrCat(", … ", more, " more") : "", "]");
}

// "" if the answer is certain.
std::string WhyLowerBoundIsUnknown(const TimeBounds& bounds, int64_t seconds) {
  if (bounds.AnswerLowerBound(seconds) != Answer::kUnknown) return "";
  const int64_t decides = bounds.below.has_value() ? *bounds.below : *bounds.at_least;
  return absl::StrCat("the last use was not seen: known once the next one is, or once it is idle for at least ",
                      Seconds(decides));
}

std::string MinuteText(int minute) { return absl::StrFormat("%02d:%02d", minute / 60, minute % 60); }

std::string Required(const Window& window) {
  constexpr const char* kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  std::vector<std::string> days;
  for (size_t i = 0; i < window.days.size(); ++i) {
    if (window.days.test(i)) days.emplace_back(kDays[i]);
  }
  return absl::StrCat(window.days.all() ? "every day" : absl::StrJoin(days, ","), " ", MinuteText(window.from_minute),
                      "-", MinuteText(window.to_minute), " ", window.zone);
}

// The date without which the window would hold: the day on which it would have begun.
std::optional<absl::CivilDay> DecidingException(const Window& window, absl::Time at) {
  Window other = window;
  other.except_dates.clear();
  if (window.Contains(at) || !other.Contains(at)) return std::nullopt;
  const absl::CivilDay today = absl::ToCivilDay(at, window.time_zone);
  other.except_dates = {today};
  return other.Contains(at) ? today - 1 : today;
}

void AddOnce(std::string text, std::vector<std::string>& texts) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

std::string Shown(absl::string_view text) { return text.empty() ? "\"\"" : std::string(text); }

class Explainer {
 public:
  explicit Explainer(const SessionFacts& session) : session_(session) {}

  ExplainedNode When(const ResolvedWhen& when) const {
    ExplainedNode node = Group(when.all);
    if (!when.any.empty()) {
      ExplainedNode any{"any of", "", "", "", Answer::kNo, {}};
      for (const ResolvedConditions& map : when.any) {
        any.parts.push_back(Group(map));
        any.answer = Or(any.answer, any.parts.back().answer);
      }
      node.answer = And(node.answer, any.answer);
      node.parts.push_back(std::move(any));
    }
    return node;
  }

 private:
  ExplainedNode Group(const ResolvedConditions& conditions) const {
    ExplainedNode node{"all of", "", "", "", Answer::kYes, {}};
    for (const ResolvedCondition& condition : conditions) {
      std::visit([&](const auto& value) { AddLeaves(condition.field, value, node.parts); }, condition.value);
      node.answer = And(node.answer, AnswerCondition(condition, session_));
    }
    return node;
  }

  using Leaves = std::vector<ExplainedNode>;

  void AddLeaves(Field field, const TimeBounds& bounds, Leaves& leaves) const {
    const std::optional<int64_t> value = NumberOf(field, session_);
    ExplainedNode node = Leaf(field, Required(bounds), value.has_value() ? Seconds(*value) : "unknown");
    if (value.has_value() && session_.is_lower_bound(field)) {
      node.measured = absl::StrCat("at least ", node.measured);
      node.note = WhyLowerBoundIsUnknown(bounds, *value);
    }
    Add(field, bounds, std::move(node), leaves);
  }

  void AddLeaves(Field field, const CountBounds& bounds, Leaves& leaves) const {
    const std::optional<int64_t> value = NumberOf(field, session_);
    Add(field, bounds, Leaf(field, Required(bounds), value.has_value() ? absl::StrCat(*value) : "unknown"), leaves);
  }

  void AddLeaves(Field field, const PatternLists<PatternSet>& lists, Leaves& leaves) const {
    Add(field, lists, PatternLeaf(field, lists), leaves);
  }

  // Labels are conditions of their own to people.
  void AddLeaves(Field field, const ServerTests<PatternSet>& servers, Leaves& leaves) const {
    using Servers = ServerTests<PatternSet>;
    if (!servers.names.empty()) {
      Add(field, Servers{servers.names, {}}, PatternLeaf(field, servers.names), leaves);
    }
    for (const LabelTest& test : servers.labels) {
      const auto label = session_.server->labels.find(test.label);
      ExplainedNode node = Leaf(field, absl::StrJoin(test.values, " or "),
                                label == session_.server->labels.end() ? "not set" : label->second);
      node.name = absl::StrCat("label ", test.label);
      Add(field, Servers{{}, {test}}, std::move(node), leaves);
    }
  }

  void AddLeaves(Field field, bool flag, Leaves& leaves) const {
    const std::string measured = !IsReported(field, session_) ? "unknown" : *session_.guest ? "true" : "false";
    Add(field, flag, Leaf(field, flag ? "true" : "false", measured), leaves);
  }

  void AddLeaves(Field field, const Windows& windows, Leaves& leaves) const {
    std::vector<std::string> required;
    std::vector<std::string> times;  // in the zone of each window
    std::vector<std::string> notes;
    for (const Window& window : windows) {
      required.push_back(Required(window));
      AddOnce(absl::FormatTime("%a %Y-%m-%d %H:%M %Z", session_.at, window.time_zone), times);
      if (const auto date = DecidingException(window, session_.at)) {
        AddOnce(absl::StrCat(absl::FormatCivilTime(*date), " is one of except_dates"), notes);
      }
    }
    ExplainedNode node = Leaf(field, absl::StrJoin(required, " or "), absl::StrJoin(times, " = "));
    node.note = absl::StrJoin(notes, "; ");
    Add(field, windows, std::move(node), leaves);
  }

  // With the answer of a condition of that value.
  template <typename Value>
  void Add(Field field, const Value& value, ExplainedNode node, Leaves& leaves) const {
    node.answer = AnswerCondition({field, value, {}}, session_);
    leaves.push_back(std::move(node));
  }

  static ExplainedNode Leaf(Field field, std::string required, std::string measured) {
    return {std::string(FieldName(field)), std::move(required), std::move(measured), "", Answer::kNo, {}};
  }

  ExplainedNode PatternLeaf(Field field, const PatternLists<PatternSet>& lists) const {
    std::vector<std::string> required;
    std::vector<std::string> notes;
    const auto add = [&](absl::string_view how, const std::optional<PatternSet>& set) {
      if (!set.has_value()) return;
      required.push_back(absl::StrCat(how, Required(*set)));
      AddNote(*set, field, notes);
    };
    add("in ", lists.in);
    add("not in ", lists.not_in);
    ExplainedNode node = Leaf(field, absl::StrJoin(required, ", "), MeasuredText(field));
    node.note = absl::StrJoin(notes, "; ");
    return node;
  }

  std::string ClientText() const {
    const ClientValue& client = *session_.client;
    if (!client.is_address && client.address.has_value()) {
      return absl::StrCat(client.name, " (", client.address->ToString(), ")");
    }
    if (!client.is_address || !client.names_known()) return client.name;
    return absl::StrCat(client.name, " (", client.names().empty() ? "no name" : absl::StrJoin(client.names(), ", "),
                        ")");
  }

  std::string MeasuredText(Field field) const {
    static_assert(AreAll<HasPatterns>(
        {Field::kUsers, Field::kClients, Field::kServers, Field::kClientTypes, Field::kTransports}));
    if (!IsReported(field, session_)) return "unknown";
    switch (field) {
      case Field::kUsers:
        return session_.user->spelling;
      case Field::kClients:
        return ClientText();
      case Field::kServers:
        return session_.server->name;
      case Field::kClientTypes:
        return Shown(session_.client_type->text);
      case Field::kTransports:
        return Shown(session_.transport->text);
      default:
        break;
    }
    return "";
  }

  // Names the first entry that answers yes, or else the first that answers unknown.
  void AddNote(const PatternSet& set, Field field, std::vector<std::string>& notes) const {
    const Pattern* unknown = nullptr;
    PatternAnswer why;
    for (const std::shared_ptr<const PatternList>& list : set) {
      for (const Pattern& pattern : list->patterns) {
        const PatternAnswer answer = AnswerPattern(pattern, field, session_);
        if (answer.answer == Answer::kYes) {
          const std::string of = list->name.empty() ? "" : absl::StrCat(" of $", list->name);
          notes.push_back(absl::StrCat("matches \"", pattern.text, "\"", of));
          return;
        }
        if (answer.answer == Answer::kNo || unknown != nullptr) continue;
        unknown = &pattern;
        why = answer;
      }
    }
    if (unknown == nullptr) return;
    notes.push_back(absl::StrCat("may match \"", unknown->text, "\": ", ExplainUnknown(*unknown, why, session_)));
  }

  const SessionFacts& session_;
};

std::string WhoIsKnown(bool user, bool client) {
  if (user && client) return "user and client are known";
  return absl::StrCat(user ? "the client is" : client ? "the user is" : "user and client are", " empty");
}

// What was tested and what came out, in one sentence each.
std::vector<ExplainedNode> ExplainBuiltIn(const ResolvedPolicy& policy, const SessionFacts& session) {
  const auto node = [](absl::string_view name, std::string found, std::string note, bool yes) {
    return ExplainedNode{std::string(name), "", std::move(found), std::move(note), ToAnswer(yes), {}};
  };
  const bool user = session.user->nameable;
  const bool client = session.client->nameable;
  const bool machine = session.user->is_machine();
  const bool lifted = machine && policy.allow_machine_accounts;
  return {
      node("anonymous", WhoIsKnown(user, client), "", !user || !client),
      node("self", absl::StrCat("it is ", session.own ? "" : "not ", "the agent's own session"), "", session.own),
      node("machine-account",
           absl::StrCat("the account of ", Shown(session.user->spelling), machine ? " ends" : " does not end", " in $"),
           lifted ? "lifted by allow: [machine-accounts]" : "", machine && !lifted)};
}

}  // namespace

Explanation Explain(const CompiledPolicy& policy, const ServerView& server, size_t row, absl::Time at) {
  const SessionFacts session = FactsOf(server, row, at);
  const ResolvedPolicy& resolved = policy.resolved();
  const Explainer explainer(session);
  Explanation explanation;
  explanation.server = server.name();
  explanation.client = session.client->spelling;
  explanation.user = session.user->spelling;
  explanation.canonical_client = session.client->name;
  explanation.at = at;
  explanation.built_in = ExplainBuiltIn(resolved, session);
  for (const ResolvedProtection& protection : resolved.protections) {
    explanation.protections.push_back({protection.name, "", protection.reason, explainer.When(protection.when)});
  }
  for (const ResolvedRule& rule : resolved.rules) {
    explanation.rules.push_back({rule.name, std::string(RuleModeName(rule.mode)), "", explainer.When(rule.when)});
  }
  explanation.match = MatchPlainly(resolved, session);
  return explanation;
}

}  // namespace idlewarden::policy
