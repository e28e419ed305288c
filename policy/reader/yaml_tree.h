// The YAML of one file as a tree with places: all that the policy reader sees of YAML.
//
// Built from the parser's events and not from yaml-cpp's own nodes, which accept duplicate keys silently, hide further
// documents, and grow without measure with aliases and nesting. Immutable once parsed.

#ifndef IDLEWARDEN_POLICY_READER_YAML_TREE_H_
#define IDLEWARDEN_POLICY_READER_YAML_TREE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {

struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  bool plain = false;    // a scalar without quotes: numbers and booleans are only read from these
  bool complete = true;  // a collection that was read to its end
  Place place;
  std::string text;                    // of a scalar
  std::vector<const YamlNode*> items;  // of a sequence; of a map key, value, key, value, …
};

class YamlTree {
 public:
  static constexpr size_t kMaxBytes = 16 << 20;
  static constexpr size_t kMaxNodes = 2'000'000;
  static constexpr size_t kMaxDepth = 64;

  // Parses the text; errors are added to `diagnostics`. An empty file has a null node as root.
  YamlTree(absl::string_view text, uint32_t file, DiagnosticList& diagnostics);
  ~YamlTree();
  YamlTree(const YamlTree&) = delete;
  YamlTree& operator=(const YamlTree&) = delete;

  // Where the YAML breaks off, what was complete before: the root and the collection in it that was being read lack
  // their rest and are not `complete`. Null if there is nothing of use.
  const YamlNode* root() const { return root_; }
  // False if the YAML broke off: what seems to be missing may stand behind that place.
  bool whole() const { return whole_; }

 private:
  void Parse(absl::string_view text, uint32_t file, DiagnosticList& diagnostics);

  std::deque<YamlNode> nodes_;
  const YamlNode* root_ = nullptr;
  bool whole_ = true;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_YAML_TREE_H_
