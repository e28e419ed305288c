// What the tree is built from when a file is hostile or broken. Shapes and values are tested with the policy reader.

#include "policy/reader/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/reader/read_ahead.h"

namespace idlewarden::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Repeat(const std::string& text, size_t bytes) {
  std::string repeated;
  repeated.reserve(bytes + text.size());
  while (repeated.size() < bytes) repeated += text;
  return repeated;
}

struct Parsed {
  explicit Parsed(const std::string& text) : tree(text, 0, list) {
    for (const Diagnostic& d : list.Take()) found.push_back(FormatDiagnostic(d));
  }
  DiagnosticList list{"f"};
  YamlTree tree;
  std::vector<std::string> found;
};

TEST(YamlTreeTest, TooManyBracketsAreRefusedAtTheFirstThatIsTooDeep) {
  EXPECT_THAT(Parsed(Repeat("[", ReadAhead::kMaxOpen + 4096)).found,
              ElementsAre("f:1:65: error [too-deep] nested more than 64 levels deep"));
}

TEST(YamlTreeTest, BracketsInTextsAndCommentsAreNoNesting) {
  const std::string brackets(1000, '[');
  const Parsed parsed("# " + brackets + "\na: \"" + brackets + "\"\nb: '" + brackets + "'\nc: |\n  " + brackets +
                      "\n  " + brackets + "\nd: x" + brackets + "\n");
  EXPECT_THAT(parsed.found, IsEmpty());
  EXPECT_TRUE(parsed.tree.whole());
}

TEST(YamlTreeTest, LongFlowCollectionsAreRead) {
  const Parsed parsed("{a: [" + Repeat("\"10.0.0.1\", ", 200'000 * 12) + "]}");
  EXPECT_THAT(parsed.found, IsEmpty());
  EXPECT_EQ(parsed.tree.root()->items[1]->items.size(), 200'000u);
}

// As long as what aliases repeat grows with the file, and not faster.
TEST(YamlTreeTest, ALongListMayBeRepeatedAFewTimes) {
  const std::string list = "a: &a [" + Repeat("x, ", 3 * 10'001) + "]\n";
  const Parsed parsed(list + "b: [*a, *a]\nc: {d: *a, e: *a}\n");
  EXPECT_THAT(parsed.found, IsEmpty());
  EXPECT_EQ(parsed.tree.root()->items[1]->items.size(), 10'001u);
  EXPECT_THAT(Parsed(list + "b: [" + Repeat("*a, ", 4 * 20) + "]\n").found,
              ElementsAre(::testing::HasSubstr("error [alias-bomb] aliases up to here repeat more than 80")));
  EXPECT_THAT(Parsed("a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: [" + Repeat("*b, ", 4 * 1000) + "]\n").found,
              ElementsAre(::testing::HasSubstr("error [alias-bomb] aliases up to here repeat more than 10000 values")));
}

TEST(YamlTreeTest, WhatWasCompleteBeforeAnErrorIsKept) {
  const Parsed parsed("a: 1\nb:\n- {x: 1}\n- {x: 2, y: [\n");
  ASSERT_EQ(parsed.found.size(), 1u);
  EXPECT_FALSE(parsed.tree.whole());
  const YamlNode* root = parsed.tree.root();
  ASSERT_NE(root, nullptr);
  EXPECT_FALSE(root->complete);
  ASSERT_EQ(root->items.size(), 4u);
  EXPECT_EQ(root->items[1]->text, "1");
  EXPECT_FALSE(root->items[3]->complete);
  EXPECT_EQ(root->items[3]->items.size(), 1u);
}

// The end of the file is no end of a quoted text, and is none too many for other texts.
TEST(YamlTreeTest, TextsAtTheEndOfTheFileStayWhole) {
  const auto text = [](const std::string& yaml) {
    const Parsed parsed(yaml);
    EXPECT_THAT(parsed.found, IsEmpty()) << yaml;
    return parsed.tree.root()->items.back()->text;
  };
  EXPECT_EQ(text("a: |\n  x\n  y\n"), "x\ny\n");
  EXPECT_EQ(text("a: |+\n  x\n\n\n"), "x\n\n\n");
  EXPECT_EQ(text("a: |-\n  x\n\n"), "x");
  EXPECT_EQ(text("a: >\n  x\n  y\n"), "x y\n");
  EXPECT_EQ(text("a: |\n  x\n  "), "x\n");
  EXPECT_EQ(text("a: x\n  y\n\n"), "x y");
  EXPECT_EQ(text("a: x  \t"), "x");
  EXPECT_EQ(text("a: \"x\n  y\"  \n \n"), "x y");
  EXPECT_EQ(text("a: 'x # y'\n# z\n"), "x # y");
}

TEST(YamlTreeTest, AFileOfBlanksIsEmpty) {
  for (const char* yaml : {"", "\n", " ", "\n\n  \t", "# x\n", "# x\n  "}) {
    const Parsed parsed(yaml);
    EXPECT_THAT(parsed.found, IsEmpty()) << yaml;
    EXPECT_EQ(parsed.tree.root()->kind, YamlNode::Kind::kNull) << yaml;
  }
}

TEST(YamlTreeTest, TheFirstOfTwoDocumentsIsComplete) {
  const Parsed parsed("a: 1\n---\nb: 2\n");
  EXPECT_EQ(parsed.found.size(), 1u);
  EXPECT_TRUE(parsed.tree.whole());
  EXPECT_TRUE(parsed.tree.root()->complete);
}

TEST(YamlTreeTest, NothingIsMadeOfOtherEncodings) {
  const Parsed parsed(std::string("\xFF\xFEv\0e\0", 6));
  EXPECT_THAT(parsed.found, ElementsAre("f:1:1: error [not-utf8] byte 0xFF is not UTF-8, and 1 more in the file; save "
                                        "the file as UTF-8"));
  EXPECT_EQ(parsed.tree.root(), nullptr);
}

}  // namespace
}  // namespace idlewarden::policy
