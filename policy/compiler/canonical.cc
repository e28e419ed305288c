#include "policy/compiler/canonical.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "policy/model/duration.h"

namespace idlewarden::policy {
namespace {

constexpr std::array<absl::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// A double-quoted YAML scalar. Control characters cannot occur but for line ends and tabs.
std::string Quote(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&quoted, "\\", absl::string_view(&c, 1));
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&quoted, "\\x%02X", static_cast<unsigned char>(c));
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "\"";
}

template <typename Texts>
std::string QuotedSequence(const Texts& texts) {
  return absl::StrCat(
      "[",
      absl::StrJoin(texts, ", ", [](std::string* out, absl::string_view text) { absl::StrAppend(out, Quote(text)); }),
      "]");
}

std::set<std::string> SortedTexts(const EntryList& entries) {
  std::set<std::string> texts;
  for (const ListEntry& entry : entries) texts.insert(entry.text);
  return texts;
}

// "{a: b, c: d}" of the parts that are given.
std::string FlowMap(const std::vector<std::string>& parts) {
  return absl::StrCat("{", absl::StrJoin(parts, ", "), "}");
}

// The value of a condition. An alternative without an overload does not compile.
std::string ValueText(const TimeBounds& bounds) {
  std::vector<std::string> parts;
  const auto add = [&](absl::string_view key, const std::optional<int64_t>& seconds) {
    if (seconds.has_value()) parts.push_back(absl::StrCat(key, ": ", FormatShortDuration(absl::Seconds(*seconds))));
  };
  add("at_least", bounds.at_least);
  add("below", bounds.below);
  return FlowMap(parts);
}

std::string ValueText(const CountBounds& bounds) {
  std::vector<std::string> parts;
  if (bounds.at_least.has_value()) parts.push_back(absl::StrCat("at_least: ", *bounds.at_least));
  if (bounds.at_most.has_value()) parts.push_back(absl::StrCat("at_most: ", *bounds.at_most));
  return FlowMap(parts);
}

std::vector<std::string> PatternParts(const PatternLists<EntryList>& lists) {
  std::vector<std::string> parts;
  if (lists.in.has_value()) parts.push_back(absl::StrCat("in: ", CanonicalEntries(*lists.in)));
  if (lists.not_in.has_value()) parts.push_back(absl::StrCat("not_in: ", CanonicalEntries(*lists.not_in)));
  return parts;
}

std::string ValueText(const PatternLists<EntryList>& lists) { return FlowMap(PatternParts(lists)); }

std::string ValueText(const ServerTests<EntryList>& servers) {
  std::vector<std::string> parts = PatternParts(servers.names);
  std::vector<std::string> labels;
  for (const auto& [label, values] : servers.labels) {
    const std::set<std::string> sorted(values.begin(), values.end());
    labels.push_back(absl::StrCat(Quote(label), ": ", QuotedSequence(sorted)));
  }
  if (!labels.empty()) parts.push_back(absl::StrCat("labels: ", FlowMap(labels)));
  return FlowMap(parts);
}

std::string ValueText(bool flag) { return flag ? "true" : "false"; }

std::string MinuteText(int minute) { return absl::StrFormat("\"%02d:%02d\"", minute / 60, minute % 60); }

std::string WindowText(const Window& window) {
  std::vector<absl::string_view> days;
  for (size_t i = 0; i < kDays.size(); ++i) {
    if (window.days.test(i)) days.push_back(kDays[i]);
  }
  std::vector<std::string> parts = {
      absl::StrCat("days: [", absl::StrJoin(days, ", "), "]"), absl::StrCat("from: ", MinuteText(window.from_minute)),
      absl::StrCat("to: ", MinuteText(window.to_minute)), absl::StrCat("zone: ", Quote(window.zone))};
  if (!window.except_dates.empty()) {
    parts.push_back(absl::StrCat("except_dates: [",
                                 absl::StrJoin(window.except_dates, ", ",
                                               [](std::string* out, absl::CivilDay day) {
                                                 absl::StrAppendFormat(out, "%04d-%02d-%02d", day.year(), day.month(),
                                                                       day.day());
                                               }),
                                 "]"));
  }
  return FlowMap(parts);
}

std::string ValueText(const Windows& windows) {
  const auto append = [](std::string* out, const Window& window) { absl::StrAppend(out, WindowText(window)); };
  return absl::StrCat("[", absl::StrJoin(windows, ", ", append), "]");
}

// "key: value" of each condition, in canonical order.
std::vector<std::string> ConditionTexts(const Conditions& conditions) {
  std::vector<std::string> texts;
  for (const Condition& condition : conditions) {
    const std::string value = std::visit([](const auto& kind) { return ValueText(kind); }, condition.value);
    texts.push_back(absl::StrCat(condition.info().key, ": ", value));
  }
  return texts;
}

std::string WhenText(const When& when) {
  const std::vector<std::string> all = ConditionTexts(when.all);
  if (all.empty() && when.any.empty()) return "    when: {}\n";
  std::string text = "    when:\n";
  for (const std::string& condition : all) absl::StrAppend(&text, "      ", condition, "\n");
  if (!when.any.empty()) text += "      any:\n";
  for (const Conditions& map : when.any) absl::StrAppend(&text, "        - ", FlowMap(ConditionTexts(map)), "\n");
  return text;
}

std::string LimitText(const std::optional<int64_t>& limit) {
  return limit.has_value() ? absl::StrCat(*limit) : "unlimited";
}

std::string ProtectionText(const Protection& protection) {
  std::string text = absl::StrCat("  - name: ", Quote(protection.name), "\n", WhenText(protection.when));
  if (!protection.reason.empty()) absl::StrAppend(&text, "    reason: ", Quote(protection.reason), "\n");
  return text;
}

std::string RuleText(const Rule& rule) {
  std::string text = CanonicalRule(rule);
  if (!rule.description.empty()) absl::StrAppend(&text, "    description: ", Quote(rule.description), "\n");
  return text;
}

std::string ListText(const NamedList& list) {
  std::string text = absl::StrCat("  ", Quote(list.name), ":\n");
  for (const std::string& entry : SortedTexts(list.entries)) absl::StrAppend(&text, "    - ", Quote(entry), "\n");
  return text;
}

// Sorted by name.
std::string ListTexts(const Policy& policy, const std::function<bool(size_t)>& used) {
  std::vector<const NamedList*> lists;
  for (size_t i = 0; i < policy.lists.size(); ++i) {
    if (used(i)) lists.push_back(&policy.lists[i]);
  }
  std::sort(lists.begin(), lists.end(), [](const NamedList* a, const NamedList* b) { return a->name < b->name; });
  std::string text;
  for (const NamedList* list : lists) text += ListText(*list);
  return text;
}

}  // namespace

std::string CanonicalEntries(const EntryList& entries) { return QuotedSequence(SortedTexts(entries)); }

std::string CanonicalRule(const Rule& rule) {
  std::string text = absl::StrCat("  - name: ", Quote(rule.name), "\n", WhenText(rule.when),
                                  "    mode: ", RuleModeName(rule.mode), "\n");
  if (rule.for_time > absl::ZeroDuration())
    absl::StrAppend(&text, "    for: ", FormatShortDuration(rule.for_time), "\n");
  absl::StrAppend(&text, "    max_closes_per_cycle: ", LimitText(rule.max_closes_per_cycle), "\n",
                  "    close_active: ", rule.close_active ? "true" : "false", "\n");
  return text;
}

std::string CanonicalPolicy(const Policy& policy, const std::function<bool(size_t)>& used) {
  std::string text = "version: 1\n";
  const std::string lists = ListTexts(policy, used);
  if (!lists.empty()) absl::StrAppend(&text, "lists:\n", lists);
  absl::StrAppend(&text, "limits:\n  max_closes_per_cycle: ", LimitText(policy.limits.max_closes_per_cycle),
                  "\n  max_percent_per_server: ", LimitText(policy.limits.max_percent_per_server), "\n");
  absl::StrAppend(&text, "allow: [", policy.allow_machine_accounts ? "machine-accounts" : "", "]\n");
  text += policy.protections.empty() ? "protect: []\n" : "protect:\n";
  for (const Protection& protection : policy.protections) text += ProtectionText(protection);
  text += policy.rules.empty() ? "rules: []\n" : "rules:\n";
  for (const Rule& rule : policy.rules) text += RuleText(rule);
  return text;
}

}  // namespace idlewarden::policy
