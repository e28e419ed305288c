#include "policy/reader/node_reader.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/duration.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {
namespace {

void AddWrongType(const YamlNode& node, absl::string_view what, absl::string_view needed, DiagnosticList& diagnostics) {
  diagnostics.Add(Code::kWrongType, node.place, absl::StrCat(what, " must be ", needed, ", not ", KindName(node)));
}

bool CheckKey(const YamlNode& key, absl::string_view what, DiagnosticList& diagnostics) {
  if (key.kind == YamlNode::Kind::kScalar) return true;
  AddWrongType(key, absl::StrCat("a key in ", what), "text", diagnostics);
  return false;
}

}  // namespace

absl::string_view KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "text";
    case YamlNode::Kind::kSequence:
      return "a sequence";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "";
}

MapReader::MapReader(const YamlNode& node, absl::string_view what, absl::Span<const absl::string_view> known,
                     DiagnosticList& diagnostics)
    : node_(node), what_(what), diagnostics_(diagnostics) {
  std::vector<MapEntry> entries;
  is_map_ = ReadMapEntries(node, what, diagnostics, entries);
  for (const MapEntry& entry : entries) {
    const absl::string_view key = entry.key->text;
    if (std::find(known.begin(), known.end(), key) != known.end()) {
      values_[key] = entry.value;
      continue;
    }
    has_unknown_keys_ = true;
    if (key == "<<") {
      diagnostics.Add(Code::kUnknownKey, entry.key->place, "merge keys (<<) are not supported; write the keys out");
    } else {
      std::string help = diagnostics.keeps_errors() ? Suggestion(key, known) : "";
      if (help.empty()) help = absl::StrCat("; possible here: ", absl::StrJoin(known, ", "));
      diagnostics.Add(Code::kUnknownKey, entry.key->place, absl::StrCat(Quoted(key), " is unknown in ", what, help));
    }
  }
}

const YamlNode* MapReader::Find(absl::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : found->second;
}

const YamlNode* MapReader::Require(absl::string_view key) const {
  const YamlNode* value = Find(key);
  if (value == nullptr && is_map_ && node_.complete) {
    diagnostics_.Add(Code::kMissingKey, node_.place, absl::StrCat(what_, " needs `", key, "`"));
  }
  return value;
}

bool ReadMapEntries(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics,
                    std::vector<MapEntry>& entries) {
  if (node.kind != YamlNode::Kind::kMap) {
    AddWrongType(node, what, "a map", diagnostics);
    return false;
  }
  absl::flat_hash_map<absl::string_view, const YamlNode*> seen;
  for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode* key = node.items[i];
    if (!CheckKey(*key, what, diagnostics)) continue;
    const auto [first, added] = seen.try_emplace(key->text, key);
    if (!added) {
      diagnostics.Add(Code::kDuplicateKey, key->place,
                      absl::StrCat(Quoted(key->text), " stands in ", what, " already, at line ",
                                   first->second->place.line, "; only one of them could apply"));
      continue;
    }
    entries.push_back({key, node.items[i + 1]});
  }
  return true;
}

const std::vector<const YamlNode*>* ReadSequence(const YamlNode& node, absl::string_view what,
                                                 DiagnosticList& diagnostics) {
  if (node.kind == YamlNode::Kind::kSequence) return &node.items;
  AddWrongType(node, what, "a sequence", diagnostics);
  return nullptr;
}

std::optional<std::string> ReadText(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  if (node.kind == YamlNode::Kind::kScalar) return node.text;
  AddWrongType(node, what, "text", diagnostics);
  return std::nullopt;
}

std::optional<std::string> ReadName(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  const std::optional<std::string> name = ReadText(node, what, diagnostics);
  if (!name.has_value() || IsValidName(*name)) return name;
  diagnostics.Add(
      Code::kBadName, node.place,
      absl::StrCat(what, " ", Quoted(*name), " must be 1 to 63 characters a-z, 0-9 and '-', with no '-' at an end"));
  return std::nullopt;
}

std::optional<bool> ReadBool(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  if (node.kind == YamlNode::Kind::kScalar && node.plain) {
    if (node.text == "true") return true;
    if (node.text == "false") return false;
  }
  AddWrongType(node, what, "true or false", diagnostics);
  return std::nullopt;
}

std::optional<int64_t> ReadInteger(const YamlNode& node, absl::string_view what, int64_t min, int64_t max,
                                   DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::kScalar) {
    AddWrongType(node, what, "a whole number", diagnostics);
    return std::nullopt;
  }
  const std::string& text = node.text;
  const bool digits = node.plain && text.size() <= 18 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  const bool decimal = digits && !text.empty() && (text.size() == 1 || text[0] != '0');
  const int64_t number = decimal ? std::stoll(text) : -1;
  if (decimal && number >= min && number <= max) return number;
  diagnostics.Add(Code::kBadNumber, node.place,
                  absl::StrCat(what, " must be a whole decimal number from ", min, " to ", max, ", not ", Quoted(text),
                               node.plain ? "" : " in quotes"));
  return std::nullopt;
}

std::optional<absl::Duration> ReadDuration(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::kScalar) {
    AddWrongType(node, what, "a duration such as 15m", diagnostics);
    return std::nullopt;
  }
  const absl::StatusOr<absl::Duration> duration = ParseDuration(node.text);
  if (duration.ok()) return *duration;
  diagnostics.Add(Code::kBadDuration, node.place, absl::StrCat(what, ": ", duration.status().message()));
  return std::nullopt;
}

}  // namespace idlewarden::policy
