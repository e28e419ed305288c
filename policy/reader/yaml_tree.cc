#include "policy/reader/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "policy/model/fold_case.h"
#include "policy/reader/place_finder.h"

namespace idlewarden::policy {
namespace {

// Ends the parse from within the parser's callbacks.
struct Stop {
  Code code;
  YAML::Mark mark;
  std::string message;
};

// A stream buffer over text that stays where it is.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(absl::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's interface; a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

bool IsKnownTag(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str" || tag == "tag:yaml.org,2002:seq" ||
         tag == "tag:yaml.org,2002:map";
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::deque<YamlNode>& nodes, PlaceFinder& places) : nodes_(nodes), places_(places) {}

  const YamlNode* root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) {
      throw Stop{Code::kSecondDocument, mark, "the document has ended above; a policy file holds exactly one"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode& node = NewNode(YamlNode::Kind::kNull, mark, "");
    // A value that is not there has no place of its own: yaml-cpp gives that of whatever comes next.
    const bool is_value = !stack_.empty() && stack_.back().node->kind == YamlNode::Kind::kMap &&
                          stack_.back().node->items.size() % 2 == 1;
    if (is_value) node.place = stack_.back().node->items.back()->place;
    AddLeaf(node, anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode& node = NewNode(YamlNode::Kind::kScalar, mark, tag);
    node.plain = tag == "?";
    node.text = value;
    AddLeaf(node, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Anchor& target = anchors_.at(anchor);
    if (target.open) throw Stop{Code::kAliasBomb, mark, "the alias stands within what it repeats"};
    repeated_ += target.weight;
    if (repeated_ > std::max(kMaxRepeated, nodes_.size())) {
      throw Stop{Code::kAliasBomb, mark,
                 absl::StrCat("aliases up to here repeat more than ", kMaxRepeated, " values; use `lists`")};
    }
    Attach(*target.node, target.weight);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(NewNode(YamlNode::Kind::kSequence, mark, tag), anchor, mark);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(NewNode(YamlNode::Kind::kMap, mark, tag), anchor, mark);
  }
  void OnMapEnd() override { Close(); }

 private:
  static constexpr size_t kMaxRepeated = 10'000;

  struct Anchor {
    const YamlNode* node = nullptr;
    size_t weight = 0;  // nodes in it, aliases expanded
    bool open = false;
  };
  struct Frame {
    YamlNode* node;
    YAML::anchor_t anchor;
    size_t weight;
  };

  YamlNode& NewNode(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    if (!IsKnownTag(tag))
      throw Stop{Code::kUnsupportedTag, mark, absl::StrCat("the tag ", tag, " has no meaning here")};
    if (nodes_.size() >= YamlTree::kMaxNodes) {
      throw Stop{Code::kTooLarge, mark, absl::StrCat("more than ", YamlTree::kMaxNodes, " YAML values up to here")};
    }
    YamlNode& node = nodes_.emplace_back();
    node.kind = kind;
    node.place = places_.Find(mark.line, mark.column);
    return node;
  }

  void Attach(const YamlNode& node, size_t weight) {
    if (stack_.empty()) {
      root_ = &node;
    } else {
      stack_.back().node->items.push_back(&node);
      stack_.back().weight += weight;
    }
  }

  void AddLeaf(const YamlNode& node, YAML::anchor_t anchor) {
    Remember(anchor, {&node, 1, false});
    Attach(node, 1);
  }

  void Open(YamlNode& node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (stack_.size() >= YamlTree::kMaxDepth) {
      throw Stop{Code::kTooDeep, mark, absl::StrCat("nested more than ", YamlTree::kMaxDepth, " levels deep")};
    }
    Remember(anchor, {&node, 0, true});
    stack_.push_back({&node, anchor, 1});
  }

  void Close() {
    const Frame frame = stack_.back();
    stack_.pop_back();
    Remember(frame.anchor, {frame.node, frame.weight, false});
    Attach(*frame.node, frame.weight);
  }

  // yaml-cpp numbers anchors from 1 on; 0 is none.
  void Remember(YAML::anchor_t anchor, Anchor value) {
    if (anchor == 0) return;
    if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
    anchors_[anchor] = value;
  }

  std::deque<YamlNode>& nodes_;
  PlaceFinder& places_;
  std::vector<Frame> stack_;
  std::vector<Anchor> anchors_;
  const YamlNode* root_ = nullptr;
  size_t repeated_ = 0;
  int documents_ = 0;
};

// Only "\n" ends lines from here on: CR would count as a column, and a lone one as nothing at all.
std::string NormaliseLines(absl::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      lines.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      lines.push_back('\n');
    }
  }
  return lines;
}

// Control characters are no YAML, and yaml-cpp takes some of them for the end of the file or another encoding.
size_t FindControlCharacter(absl::string_view text) {
  const auto found = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
  });
  return found == text.end() ? absl::string_view::npos : found - text.begin();
}

bool CheckBytes(absl::string_view text, PlaceFinder& places, DiagnosticList& diagnostics) {
  const size_t invalid = FindInvalidUtf8(text);
  if (invalid != absl::string_view::npos) {
    diagnostics.Add(
        Code::kNotUtf8, places.FindOffset(invalid),
        absl::StrFormat("byte 0x%02X is not UTF-8; save the file as UTF-8", static_cast<unsigned char>(text[invalid])));
    return false;
  }
  const size_t control = FindControlCharacter(text);
  if (control != absl::string_view::npos) {
    diagnostics.Add(
        Code::kYamlSyntax, places.FindOffset(control),
        absl::StrFormat("control character 0x%02X; YAML does not allow it", static_cast<unsigned char>(text[control])));
    return false;
  }
  return true;
}

}  // namespace

YamlTree::~YamlTree() = default;

YamlTree::YamlTree(absl::string_view text, uint32_t file, DiagnosticList& diagnostics) {
  if (text.size() > kMaxBytes) {
    diagnostics.Add(Code::kTooLarge, {file, 1, 1},
                    absl::StrCat("the file has ", text.size(), " bytes; at most ", kMaxBytes, " are read"));
    return;
  }
  if (absl::StartsWith(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string normalised;
  if (text.find('\r') != absl::string_view::npos) text = normalised = NormaliseLines(text);
  PlaceFinder places(text, file);
  if (!CheckBytes(text, places, diagnostics)) return;
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  TreeBuilder builder(nodes_, places);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    root_ = builder.root();
    if (root_ == nullptr) {
      nodes_.emplace_back().place.file = file;
      root_ = &nodes_.back();
    }
  } catch (const Stop& stop) {
    diagnostics.Add(stop.code, places.Find(stop.mark.line, stop.mark.column), stop.message);
    // The errors of the first document are reported as well.
    if (stop.code == Code::kSecondDocument) root_ = builder.root();
  } catch (const YAML::Exception& error) {
    // E.g. yaml-cpp's own bound on nesting, which has no helpful text.
    diagnostics.Add(Code::kYamlSyntax, places.Find(error.mark.line, error.mark.column),
                    absl::StrCat("this is not YAML: ", error.msg));
  }
}

}  // namespace idlewarden::policy
