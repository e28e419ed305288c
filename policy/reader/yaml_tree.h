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
  bool plain = false;  // a scalar without quotes: numbers and booleans are only read from these
  Place place;
  std::string text;                    // of a scalar
  std::vector<const YamlNode*> items;  // of a sequence; of a map key, value, key, value, …
};

class YamlTree {
 public:
  static constexpr size_t kMaxBytes = 16 << 20;
  static constexpr size_t kMaxNodes = 2'000'000;
  static constexpr size_t kMaxDepth = 64;

  // Parses the text. On errors, which are added to `diagnostics`, root() is null. An empty file has a null node as
  // root.
  YamlTree(absl::string_view text, uint32_t file, DiagnosticList& diagnostics);
  ~YamlTree();
  YamlTree(const YamlTree&) = delete;
  YamlTree& operator=(const YamlTree&) = delete;

  const YamlNode* root() const { return root_; }

 private:
  std::deque<YamlNode> nodes_;
  const YamlNode* root_ = nullptr;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_YAML_TREE_H_
