#include "policy/reader/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/diagnostics/wording.h"
#include "policy/reader/open_quote.h"
#include "policy/reader/place_finder.h"
#include "policy/reader/read_ahead.h"
#include "policy/reader/source_text.h"

namespace idlewarden::policy {
namespace {

// Ends the parse from within the parser's callbacks.
struct Stop {
  Code code;
  YAML::Mark mark;
  std::string message;
};

bool IsKnownTag(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str" || tag == "tag:yaml.org,2002:seq" ||
         tag == "tag:yaml.org,2002:map";
}

std::string NestedTooDeep() { return absl::StrCat("nested more than ", YamlTree::kMaxDepth, " levels deep"); }

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::deque<YamlNode>& nodes, PlaceFinder& places, ReadAhead& input, DiagnosticList& diagnostics)
      : nodes_(nodes), places_(places), input_(input), diagnostics_(diagnostics) {}

  // The root, also where the parse was ended early: of the collections that were open then, the root and the one in it
  // are kept, without what was being read in them.
  const YamlNode* Finish() {
    if (stack_.empty()) return root_;
    YamlNode* root = stack_[0].node;
    root->complete = false;
    if (stack_.size() > 1) {
      stack_[1].node->complete = false;
      root->items.push_back(stack_[1].node);
    }
    return root;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    input_.OnEvent();
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
    node.plain = tag == "?" || !IsKnownTag(tag);
    node.text = value;
    AddLeaf(node, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    input_.OnEvent();
    const Anchor& target = anchors_.at(anchor);
    if (target.open) throw Stop{Code::kAliasBomb, mark, "the alias stands within what it repeats"};
    repeated_ += target.weight;
    if (const size_t most = MostRepeated(); repeated_ > most) {
      throw Stop{Code::kAliasBomb, mark,
                 absl::StrCat("aliases up to here repeat more than ", most, " values; use `lists`")};
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
  // What aliases may come to: a long list that is used in several places stays far below, while aliases of aliases are
  // above it after a few lines.
  size_t MostRepeated() const {
    constexpr size_t kAlways = 10'000;
    constexpr size_t kForEachNode = 8;
    return std::max(kAlways, std::min(kForEachNode * nodes_.size(), YamlTree::kMaxNodes));
  }

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
    input_.OnEvent();
    if (!IsKnownTag(tag)) {
      diagnostics_.Add(Code::kUnsupportedTag, places_.Find(mark.line, mark.column),
                       absl::StrCat("the tag ", Quoted(tag), " has no meaning here; remove it"));
    }
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
      throw Stop{Code::kTooDeep, mark, NestedTooDeep()};
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
  ReadAhead& input_;
  DiagnosticList& diagnostics_;
  std::vector<Frame> stack_;
  std::vector<Anchor> anchors_;
  const YamlNode* root_ = nullptr;
  size_t repeated_ = 0;
  int documents_ = 0;
};

// yaml-cpp complains of a quote that is not closed only where the text breaks off right behind a character. Behind
// blanks and line ends it takes the end of the text for the closing quote, and what the quote swallowed, a protection
// perhaps, is gone without a word. With a comment for its last line, no text ends in blanks: within quotes that is text
// like any other, elsewhere it is nothing, and unlike a text that is cut short it leaves block scalars the line ends
// they keep.
std::string WithVisibleEnd(absl::string_view text) {
  text = text.substr(0, text.find_last_not_of(" \t") + 1);
  return absl::StrCat(text, absl::EndsWith(text, "\n") ? "#" : "");
}

struct Complaint {
  Place place;
  std::string message;
};

Complaint ComplaintOf(const YAML::Exception& error, absl::string_view text, PlaceFinder& places) {
  const Place place = places.Find(error.mark.line, error.mark.column);
  if (error.msg != YAML::ErrorMsg::EOF_IN_SCALAR) return {place, absl::StrCat("this is not YAML: ", error.msg)};
  constexpr absl::string_view kWhatToDo =
      " is not closed and would take in the rest of the file; close it behind its text";
  const std::optional<OpenQuote> open = FindOpenQuote(text);
  if (!open.has_value()) return {place, absl::StrCat("a quote above", kWhatToDo)};
  return {places.Find(open->line, open->column),
          absl::StrCat("the quote ", absl::string_view(&open->quote, 1), " that opens here", kWhatToDo)};
}

}  // namespace

YamlTree::~YamlTree() = default;

YamlTree::YamlTree(absl::string_view text, uint32_t file, DiagnosticList& diagnostics) {
  if (text.size() > kMaxBytes) {
    whole_ = false;
    diagnostics.Add(Code::kTooLarge, {file, 1, 1},
                    absl::StrCat("the file has ", text.size(), " bytes; at most ", kMaxBytes, " are read"));
    return;
  }
  std::string lines = NormaliseLines(text);
  whole_ = RepairBytes(file, diagnostics, lines);
  if (whole_) Parse(lines, file, diagnostics);
}

void YamlTree::Parse(absl::string_view text, uint32_t file, DiagnosticList& diagnostics) {
  PlaceFinder places(text, file);
  const std::string input = WithVisibleEnd(text);
  ReadAhead buffer(input, kMaxDepth);
  std::istream stream(&buffer);
  TreeBuilder builder(nodes_, places, buffer, diagnostics);
  const auto broken = [&](Code code, const Place& place, const std::string& message) {
    diagnostics.Add(code, place, message);
    whole_ = code == Code::kSecondDocument;  // the first one has ended
  };
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    broken(stop.code, places.Find(stop.mark.line, stop.mark.column), stop.message);
  } catch (const ReadAhead::TooFar& stop) {
    broken(stop.too_deep ? Code::kTooDeep : Code::kTooLarge, places.FindOffset(stop.offset),
           stop.too_deep ? NestedTooDeep()
                         : "too much stands in one [] or {} up to here; write an entry a line, or use a list file");
  } catch (const YAML::Exception& error) {
    // E.g. yaml-cpp's own bound on nesting, which has no helpful text.
    const Complaint complaint = ComplaintOf(error, text, places);
    broken(Code::kYamlSyntax, complaint.place, complaint.message);
  }
  root_ = builder.Finish();
  if (root_ == nullptr && whole_) {
    nodes_.emplace_back().place.file = file;
    root_ = &nodes_.back();
  }
}

}  // namespace idlewarden::policy
