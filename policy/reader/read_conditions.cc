#include "policy/reader/read_conditions.h"

#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "policy/reader/node_reader.h"

namespace idlewarden::policy {
namespace {

constexpr int64_t kMaxCount = 1'000'000'000;

constexpr std::array<absl::string_view, 12> kConditionKeys = {
    "idle",  "age",          "open_files", "users",  "clients",         "servers",
    "guest", "client_types", "transports", "during", "server_sessions", "user_sessions"};
constexpr std::array<absl::string_view, 13> kWhenKeys = {
    "idle",         "age",        "open_files", "users",           "clients",       "servers", "guest",
    "client_types", "transports", "during",     "server_sessions", "user_sessions", "any"};
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

void ReadInAndNotIn(const MapReader& map, absl::string_view what, PatternClause& clause, DiagnosticList& diagnostics) {
  if (const YamlNode* in = map.Find("in")) clause.in = ReadEntryList(*in, absl::StrCat(what, " `in`"), diagnostics);
  if (const YamlNode* not_in = map.Find("not_in")) {
    clause.not_in = ReadEntryList(*not_in, absl::StrCat(what, " `not_in`"), diagnostics);
  }
}

PatternClause ReadPatternClause(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  PatternClause clause;
  clause.place = node.place;
  if (node.kind != YamlNode::Kind::kMap) {
    clause.in = ReadEntryList(node, what, diagnostics);
    return clause;
  }
  const MapReader map(node, what, kPatternKeys, diagnostics);
  ReadInAndNotIn(map, what, clause, diagnostics);
  if (!clause.in.has_value() && !clause.not_in.has_value()) AddEmpty(node, what, "`in`, `not_in` or both", diagnostics);
  return clause;
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

void ReadLabels(const YamlNode& node, ServerClause& clause, DiagnosticList& diagnostics) {
  std::vector<MapEntry> entries;
  if (!ReadMapEntries(node, "`labels`", diagnostics, entries)) return;
  AddEmpty(node, "`labels`", "at least one label", diagnostics);
  for (const MapEntry& entry : entries) {
    const std::string what = absl::StrCat("the label ", Quoted(entry.key->text));
    clause.labels[entry.key->text] = ReadLabelValues(*entry.value, what, diagnostics);
  }
}

ServerClause ReadServerClause(const YamlNode& node, DiagnosticList& diagnostics) {
  ServerClause clause;
  clause.names.place = node.place;
  if (node.kind != YamlNode::Kind::kMap) {
    clause.names = ReadPatternClause(node, "`servers`", diagnostics);
    return clause;
  }
  const MapReader map(node, "`servers`", kServerKeys, diagnostics);
  ReadInAndNotIn(map, "`servers`", clause.names, diagnostics);
  if (const YamlNode* labels = map.Find("labels")) ReadLabels(*labels, clause, diagnostics);
  AddEmpty(node, "`servers`", "`in`, `not_in` or `labels`", diagnostics);
  return clause;
}

// What could not be read may have said how long a session must be idle.
void AssumeIdle(Conditions& conditions) {
  if (!conditions.idle.has_value() || !conditions.idle->at_least.has_value()) conditions.idle = kIdleAfterError;
}

void ReadTimesAndCounts(const MapReader& map, Conditions& conditions, DiagnosticList& diagnostics) {
  if (const YamlNode* idle = map.Find("idle")) {
    const std::optional<TimeBounds> bounds = ReadTimeBounds(*idle, "`idle`", diagnostics);
    conditions.idle = bounds.value_or(kIdleAfterError);
  } else if (map.has_unknown_keys()) {
    conditions.idle = kIdleAfterError;
  }
  if (const YamlNode* age = map.Find("age")) conditions.age = ReadTimeBounds(*age, "`age`", diagnostics);
  const auto count = [&](absl::string_view key, std::optional<CountBounds>& bounds) {
    if (const YamlNode* node = map.Find(key)) bounds = ReadCountBounds(*node, absl::StrCat("`", key, "`"), diagnostics);
  };
  count("open_files", conditions.open_files);
  count("server_sessions", conditions.server_sessions);
  count("user_sessions", conditions.user_sessions);
}

void ReadPatterns(const MapReader& map, Conditions& conditions, DiagnosticList& diagnostics) {
  const auto patterns = [&](absl::string_view key, std::optional<PatternClause>& clause) {
    if (const YamlNode* node = map.Find(key)) {
      clause = ReadPatternClause(*node, absl::StrCat("`", key, "`"), diagnostics);
    }
  };
  patterns("users", conditions.users);
  patterns("clients", conditions.clients);
  patterns("client_types", conditions.client_types);
  patterns("transports", conditions.transports);
  if (const YamlNode* servers = map.Find("servers")) conditions.servers = ReadServerClause(*servers, diagnostics);
}

Conditions ReadConditions(const MapReader& map, const YamlNode& node, const NamedZone& default_zone,
                          DiagnosticList& diagnostics) {
  Conditions conditions;
  conditions.place = node.place;
  ReadTimesAndCounts(map, conditions, diagnostics);
  ReadPatterns(map, conditions, diagnostics);
  if (const YamlNode* guest = map.Find("guest")) conditions.guest = ReadBool(*guest, "`guest`", diagnostics);
  if (const YamlNode* during = map.Find("during")) {
    conditions.during = ReadWindows(*during, default_zone, diagnostics);
  }
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
