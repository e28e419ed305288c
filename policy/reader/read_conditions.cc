#include "policy/reader/read_conditions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/reader/node_reader.h"

namespace idlewarden::policy {
namespace {

constexpr int64_t kMaxCount = 1'000'000'000;

using Value = ConditionValue<EntryList>;

constexpr std::array kConditionKeys = [] {
  std::array<absl::string_view, kFields.size()> keys;
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = kFields[i].key;
  return keys;
}();
constexpr std::array kWhenKeys = [] {
  std::array<absl::string_view, kFields.size() + 1> keys;
  std::copy(kConditionKeys.begin(), kConditionKeys.end(), keys.begin());
  keys.back() = "any";
  return keys;
}();
constexpr std::array<absl::string_view, 2> kTimeKeys = {"at_least", "below"};
constexpr std::array<absl::string_view, 2> kCountKeys = {"at_least", "at_most"};
constexpr std::array<absl::string_view, 2> kPatternKeys = {"in", "not_in"};
constexpr std::array<absl::string_view, 3> kServerKeys = {"in", "not_in", "labels"};

void AddEmpty(const YamlNode& node, absl::string_view what, absl::string_view needed, DiagnosticList& diagnostics) {
  if (!node.items.empty()) return;  // other errors have been reported
  diagnostics.Add(Code::kEmptyCondition, node.place, absl::StrCat(what, " says nothing; it needs ", needed));
}

std::optional<int64_t> ReadSeconds(const YamlNode* node, absl::string_view what, DiagnosticList& diagnostics) {
  if (node == nullptr) return std::nullopt;
  const std::optional<absl::Duration> duration = ReadDuration(*node, what, diagnostics);
  if (!duration.has_value()) return std::nullopt;
  return absl::ToInt64Seconds(*duration);
}

std::optional<TimeBounds> ReadTimeBounds(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::kMap) {
    const std::optional<int64_t> seconds = ReadSeconds(&node, what, diagnostics);
    if (!seconds.has_value()) return std::nullopt;
    return TimeBounds{seconds, std::nullopt};
  }
  const MapReader map(node, what, kTimeKeys, diagnostics);
  TimeBounds bounds;
  bounds.at_least = ReadSeconds(map.Find("at_least"), absl::StrCat(what, " `at_least`"), diagnostics);
  bounds.below = ReadSeconds(map.Find("below"), absl::StrCat(what, " `below`"), diagnostics);
  if (bounds.at_least.has_value() && bounds.below.has_value() && *bounds.below <= *bounds.at_least) {
    diagnostics.Add(Code::kContradictoryBounds, node.place,
                    absl::StrCat(what, ": `below` must be above `at_least`, or it never holds"));
  }
  if (!bounds.at_least.has_value() && !bounds.below.has_value()) {
    AddEmpty(node, what, "`at_least`, `below` or both", diagnostics);
    return std::nullopt;
  }
  return bounds;
}

std::optional<int64_t> ReadCount(const YamlNode* node, absl::string_view what, DiagnosticList& diagnostics) {
  if (node == nullptr) return std::nullopt;
  return ReadInteger(*node, what, 0, kMaxCount, diagnostics);
}

std::optional<CountBounds> ReadCountBounds(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::kMap) {
    const std::optional<int64_t> count = ReadCount(&node, what, diagnostics);
    if (!count.has_value()) return std::nullopt;
    return CountBounds{count, count};
  }
  const MapReader map(node, what, kCountKeys, diagnostics);
  CountBounds bounds;
  bounds.at_least = ReadCount(map.Find("at_least"), absl::StrCat(what, " `at_least`"), diagnostics);
  bounds.at_most = ReadCount(map.Find("at_most"), absl::StrCat(what, " `at_most`"), diagnostics);
  if (bounds.at_least.has_value() && bounds.at_most.has_value() && *bounds.at_least > *bounds.at_most) {
    diagnostics.Add(Code::kContradictoryBounds, node.place,
                    absl::StrCat(what, ": `at_least` is above `at_most`, so it never holds"));
  }
  if (!bounds.at_least.has_value() && !bounds.at_most.has_value()) {
    AddEmpty(node, what, "`at_least`, `at_most` or both", diagnostics);
    return std::nullopt;
  }
  return bounds;
}

PatternLists<EntryList> ReadInAndNotIn(const MapReader& map, absl::string_view what, DiagnosticList& diagnostics) {
  PatternLists<EntryList> lists;
  if (const YamlNode* in = map.Find("in")) lists.in = ReadEntryList(*in, absl::StrCat(what, " `in`"), diagnostics);
  if (const YamlNode* not_in = map.Find("not_in")) {
    lists.not_in = ReadEntryList(*not_in, absl::StrCat(what, " `not_in`"), diagnostics);
  }
  return lists;
}

std::optional<PatternLists<EntryList>> ReadPatterns(const YamlNode& node, absl::string_view what,
                                                    DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::kMap) {
    return PatternLists<EntryList>{ReadEntryList(node, what, diagnostics), std::nullopt};
  }
  const MapReader map(node, what, kPatternKeys, diagnostics);
  PatternLists<EntryList> lists = ReadInAndNotIn(map, what, diagnostics);
  if (!lists.empty()) return lists;
  AddEmpty(node, what, "`in`, `not_in` or both", diagnostics);
  return std::nullopt;
}

std::vector<std::string> ReadLabelValues(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  std::vector<std::string> values;
  if (node.kind != YamlNode::Kind::kSequence) {
    if (const auto value = ReadText(node, what, diagnostics)) values.push_back(*value);
    return values;
  }
  if (node.items.empty()) diagnostics.Add(Code::kEmptyList, node.place, absl::StrCat(what, " has no values"));
  for (const YamlNode* item : node.items) {
    if (const auto value = ReadText(*item, what, diagnostics)) values.push_back(*value);
  }
  return values;
}

std::vector<LabelTest> ReadLabels(const YamlNode& node, DiagnosticList& diagnostics) {
  std::vector<LabelTest> labels;
  std::vector<MapEntry> entries;
  if (!ReadMapEntries(node, "`labels`", diagnostics, entries)) return labels;
  AddEmpty(node, "`labels`", "at least one label", diagnostics);
  for (const MapEntry& entry : entries) {
    const std::string what = absl::StrCat("the label ", Quoted(entry.key->text));
    labels.push_back({entry.key->text, ReadLabelValues(*entry.value, what, diagnostics)});
  }
  std::sort(labels.begin(), labels.end(), [](const LabelTest& a, const LabelTest& b) { return a.label < b.label; });
  return labels;
}

std::optional<ServerTests<EntryList>> ReadServers(const YamlNode& node, absl::string_view what,
                                                  DiagnosticList& diagnostics) {
  ServerTests<EntryList> servers;
  if (node.kind != YamlNode::Kind::kMap) {
    servers.names.in = ReadEntryList(node, what, diagnostics);
    return servers;
  }
  const MapReader map(node, what, kServerKeys, diagnostics);
  servers.names = ReadInAndNotIn(map, what, diagnostics);
  if (const YamlNode* labels = map.Find("labels")) servers.labels = ReadLabels(*labels, diagnostics);
  AddEmpty(node, what, "`in`, `not_in` or `labels`", diagnostics);
  if (servers.names.empty() && servers.labels.empty()) return std::nullopt;
  return servers;
}

template <typename T>
std::optional<Value> ToValue(std::optional<T> value) {
  if (!value.has_value()) return std::nullopt;
  return Value(*std::move(value));
}

// nullopt after errors that leave nothing of the condition.
std::optional<Value> ReadValue(FieldKind kind, const YamlNode& node, absl::string_view what,
                               const NamedZone& default_zone, DiagnosticList& diagnostics) {
  switch (kind) {
    case FieldKind::kTime:
      return ToValue(ReadTimeBounds(node, what, diagnostics));
    case FieldKind::kCount:
      return ToValue(ReadCountBounds(node, what, diagnostics));
    case FieldKind::kPatterns:
      return ToValue(ReadPatterns(node, what, diagnostics));
    case FieldKind::kServers:
      return ToValue(ReadServers(node, what, diagnostics));
    case FieldKind::kFlag:
      return ToValue(ReadBool(node, what, diagnostics));
    case FieldKind::kWindows:
      break;
  }
  Windows windows = ReadWindows(node, default_zone, diagnostics);
  if (windows.empty()) return std::nullopt;
  return windows;
}

// What could not be read may have said how long a session must be idle.
void AssumeIdle(Conditions& conditions) {
  const Condition* idle = conditions.Find(Field::kIdle);
  if (idle == nullptr || !std::get<TimeBounds>(idle->value).at_least.has_value()) {
    conditions.Set({Field::kIdle, kIdleAfterError, conditions.place});
  }
}

Conditions ReadConditions(const MapReader& map, const YamlNode& node, const NamedZone& default_zone,
                          DiagnosticList& diagnostics) {
  Conditions conditions;
  conditions.place = node.place;
  for (const FieldInfo& info : kFields) {
    const YamlNode* value_node = map.Find(info.key);
    if (value_node == nullptr) continue;
    const std::string what = absl::StrCat("`", info.key, "`");
    auto value = ReadValue(info.kind, *value_node, what, default_zone, diagnostics);
    if (value.has_value()) conditions.Set({info.field, *std::move(value), value_node->place});
  }
  const bool idle_has_errors = map.Find(FieldName(Field::kIdle)) != nullptr || map.has_unknown_keys();
  if (conditions.Find(Field::kIdle) == nullptr && idle_has_errors) AssumeIdle(conditions);
  return conditions;
}

// Tells apart a misspelt key and an `any` where there can be none.
bool HasKey(const YamlNode& node, absl::string_view key) {
  if (node.kind != YamlNode::Kind::kMap) return false;
  for (size_t i = 0; i < node.items.size(); i += 2) {
    if (node.items[i]->text == key) return true;
  }
  return false;
}

Conditions ReadAlternative(const YamlNode& node, const NamedZone& default_zone, DiagnosticList& diagnostics) {
  constexpr absl::string_view kWhat = "a map in `any`";
  const bool nested = HasKey(node, "any");
  if (nested) {
    diagnostics.Add(Code::kNestedAny, node.place,
                    "a map inside `any` cannot have an `any` of its own; write the alternatives out");
  }
  const MapReader map(node, kWhat, nested ? absl::MakeConstSpan(kWhenKeys) : absl::MakeConstSpan(kConditionKeys),
                      diagnostics);
  if (map.is_map()) AddEmpty(node, kWhat, "at least one condition", diagnostics);
  Conditions conditions = ReadConditions(map, node, default_zone, diagnostics);
  if (nested || !map.is_map() || node.items.empty()) AssumeIdle(conditions);
  return conditions;
}

// Null after errors.
const std::vector<const YamlNode*>* ReadAny(const YamlNode& any, DiagnosticList& diagnostics) {
  const auto* items = ReadSequence(any, "`any`", diagnostics);
  if (items == nullptr || !items->empty()) return items;
  diagnostics.Add(Code::kEmptyList, any.place, "`any` has no maps, so it would never hold; leave it out");
  return nullptr;
}

}  // namespace

EntryList ReadEntryList(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  EntryList entries;
  if (node.kind != YamlNode::Kind::kSequence) {
    diagnostics.Add(Code::kWrongType, node.place,
                    absl::StrCat(what, " must be a list such as [\"svc-*\"], not ", KindName(node)));
    return entries;
  }
  if (node.items.empty()) {
    diagnostics.Add(Code::kEmptyList, node.place,
                    absl::StrCat(what, " is an empty list; give entries or leave it out"));
  }
  for (const YamlNode* item : node.items) {
    if (auto text = ReadText(*item, absl::StrCat("an entry of ", what), diagnostics)) {
      entries.push_back({*std::move(text), item->place});
    }
  }
  return entries;
}

When ReadWhen(const YamlNode& node, const NamedZone& default_zone, DiagnosticList& diagnostics) {
  When when;
  const MapReader map(node, "`when`", kWhenKeys, diagnostics);
  when.all = ReadConditions(map, node, default_zone, diagnostics);
  if (!map.is_map()) AssumeIdle(when.all);
  const YamlNode* any = map.Find("any");
  if (any == nullptr) return when;
  const auto* items = ReadAny(*any, diagnostics);
  if (items == nullptr) {
    AssumeIdle(when.all);
    return when;
  }
  for (const YamlNode* item : *items) when.any.push_back(ReadAlternative(*item, default_zone, diagnostics));
  return when;
}

}  // namespace idlewarden::policy
