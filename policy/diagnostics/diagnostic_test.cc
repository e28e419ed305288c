#include "policy/diagnostics/diagnostic.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "policy/diagnostics/reference.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {
namespace {

Diagnostic Make(Code code, const std::string& file, int line, int column) {
  return {CodeSeverity(code), code, file, line, column, "message"};
}

TEST(DiagnosticTest, Format) {
  EXPECT_EQ(FormatDiagnostic({Severity::kError, Code::kUnknownKey, "p.yaml", 3, 7, "\"x\" is unknown"}),
            "p.yaml:3:7: error [unknown-key] \"x\" is unknown");
  EXPECT_EQ(FormatDiagnostic(Make(Code::kShadowed, "p", 1, 1)), "p:1:1: warning [shadowed] message");
}

TEST(DiagnosticTest, HasErrors) {
  EXPECT_FALSE(HasErrors({}));
  EXPECT_FALSE(HasErrors({Make(Code::kMoot, "p", 1, 1)}));
  EXPECT_TRUE(HasErrors({Make(Code::kMoot, "p", 1, 1), Make(Code::kNoIdle, "p", 1, 1)}));
}

TEST(DiagnosticTest, SortKeepsFilesInOrderAndDropsRepetitions) {
  std::vector<Diagnostic> list = {Make(Code::kMoot, "p", 9, 1), Make(Code::kNoIdle, "a.txt", 1, 1),
                                  Make(Code::kMoot, "p", 2, 5), Make(Code::kMoot, "p", 2, 5),
                                  Make(Code::kMoot, "p", 2, 3)};
  SortDiagnostics(list);
  EXPECT_EQ(list, (std::vector<Diagnostic>{Make(Code::kMoot, "p", 2, 3), Make(Code::kMoot, "p", 2, 5),
                                           Make(Code::kMoot, "p", 9, 1), Make(Code::kNoIdle, "a.txt", 1, 1)}));
}

TEST(CodesTest, NamesAreDistinctAndExplained) {
  std::set<absl::string_view> names;
  for (const CodeInfo& info : AllCodes()) {
    EXPECT_TRUE(IsValidName(info.name)) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_GT(info.explanation.size(), 30u) << info.name;
    EXPECT_EQ(CodeName(info.code), info.name);
  }
}

TEST(ReferenceTest, TheCommittedPageIsTheGeneratedOne) {
  std::ifstream file("docs/diagnostics.md");
  const std::string committed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(committed, DiagnosticsReference())
      << "update it: bazel run //policy/diagnostics:write_reference > docs/diagnostics.md";
}

TEST(WordingTest, SuggestsTheClosest) {
  constexpr absl::string_view kKnown[] = {"idle", "age", "users", "clients", "open_files", "max_closes_per_cycle"};
  EXPECT_EQ(Closest("idel", kKnown), "idle");
  EXPECT_EQ(Closest("Users", kKnown), "users");
  EXPECT_EQ(Closest("user", kKnown), "users");
  EXPECT_EQ(Closest("open-files", kKnown), "open_files");
  EXPECT_EQ(Closest("max_close_per_cycle", kKnown), "max_closes_per_cycle");
  EXPECT_EQ(Closest("colour", kKnown), "");
  EXPECT_EQ(Closest("x", kKnown), "");
  EXPECT_EQ(Closest(std::string(100, 'a'), kKnown), "");
  EXPECT_EQ(Suggestion("aeg", kKnown), "; did you mean \"age\"?");
}

TEST(WordingTest, QuotesAreCutAtCharacters) {
  EXPECT_EQ(Quoted("a"), "\"a\"");
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "ü";
  const std::string quoted = Quoted(umlauts);
  EXPECT_EQ(quoted.size(), 1 + 80 + 3 + 1u);
}

}  // namespace
}  // namespace idlewarden::policy
