// Reads typed values from YAML nodes, strictly: every deviation is a diagnostic with its place, and reading goes on.
//
// Functions return nullopt (or null) after having reported why. `what` names the value in messages, e.g. "`idle`".

#ifndef IDLEWARDEN_POLICY_READER_NODE_READER_H_
#define IDLEWARDEN_POLICY_READER_NODE_READER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/diagnostics/wording.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {

// "a map", "a sequence", "text", "nothing".
absl::string_view KindName(const YamlNode& node);

// A map with a fixed set of keys. Reports unknown and duplicate keys when it is made.
class MapReader {
 public:
  MapReader(const YamlNode& node, absl::string_view what, absl::Span<const absl::string_view> known,
            DiagnosticList& diagnostics);

  // False if the node is not a map; all keys are then absent.
  bool is_map() const { return is_map_; }
  // What seems to be absent may only be misspelt.
  bool has_unknown_keys() const { return has_unknown_keys_; }
  // Null if the key is absent.
  const YamlNode* Find(absl::string_view key) const;
  // The same, and reports an absent key, unless the map was not read to its end.
  const YamlNode* Require(absl::string_view key) const;

 private:
  const YamlNode& node_;
  std::string what_;
  DiagnosticList& diagnostics_;
  bool is_map_;
  bool has_unknown_keys_ = false;
  absl::flat_hash_map<absl::string_view, const YamlNode*> values_;
};

// The keys of a map with free keys: each is text and stands once. False (after reports) if the node is no map; entries
// whose key is bad are left out of `entries`.
struct MapEntry {
  const YamlNode* key;
  const YamlNode* value;
};
bool ReadMapEntries(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics,
                    std::vector<MapEntry>& entries);

// The items of a sequence; null (after a report) if the node is none.
const std::vector<const YamlNode*>* ReadSequence(const YamlNode& node, absl::string_view what,
                                                 DiagnosticList& diagnostics);

// Any scalar but null, as it is written: `10.20` and `"10.20"` are the same text.
std::optional<std::string> ReadText(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics);
std::optional<std::string> ReadName(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics);
std::optional<bool> ReadBool(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics);
// Plain decimal digits only: `010` and `0x10` would mean other numbers to other readers of YAML.
std::optional<int64_t> ReadInteger(const YamlNode& node, absl::string_view what, int64_t min, int64_t max,
                                   DiagnosticList& diagnostics);
std::optional<absl::Duration> ReadDuration(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_NODE_READER_H_
