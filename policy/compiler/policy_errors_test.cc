// What the reader and the compiler refuse or warn about, with code and place. Each code of the registry must be
// provoked by a case here: the last test fails for one that is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/compiler/policy_error_cases.h"

namespace idlewarden::policy {
namespace {

using ::testing::ElementsAreArray;

absl::StatusOr<std::string> ReadFakeListFile(const std::string& path) {
  if (path == "empty.txt") return "# nobody\n\n";
  if (path == "good.txt")
    return "\xEF\xBB\xBF"
           "# leavers\r\nalice # left in May\r\n\r\n  bob  \r\n#x\r\nc#d\r\n";
  if (path == "binary.txt") return std::string("a\0b", 3);
  if (path == "latin1.txt") return "J\xF6rg\n";
  if (path == "networks.txt") return "10.0.0.0/8\n10.0.0.1/8\n";
  if (path == "dir") return absl::FailedPreconditionError("dir: Is a directory");
  return absl::NotFoundError(absl::StrCat(path, ": No such file or directory"));
}

std::vector<Diagnostic> Compile(const std::string& text) {
  CompileOptions options;
  options.shortest_polling = absl::Seconds(30);
  return CompilePolicy({"p.yaml", text, ReadFakeListFile}, options).diagnostics;
}

std::string Summary(const Diagnostic& d) {
  const std::string file = d.file == "p.yaml" ? "" : absl::StrCat(d.file, ":");
  return absl::StrCat(file, d.line, ":", d.column, " ", CodeName(d.code));
}

class PolicyErrorsTest : public ::testing::TestWithParam<PolicyErrorCase> {};

TEST_P(PolicyErrorsTest, IsReportedWithItsPlace) {
  std::vector<std::string> found;
  std::string messages;
  for (const Diagnostic& d : Compile(GetParam().yaml)) {
    found.push_back(Summary(d));
    absl::StrAppend(&messages, FormatDiagnostic(d), "\n");
  }
  EXPECT_THAT(found, ElementsAreArray(GetParam().expected)) << GetParam().yaml << "\n" << messages;
}

INSTANTIATE_TEST_SUITE_P(Cases, PolicyErrorsTest, ::testing::ValuesIn(PolicyErrorCases()),
                         [](const auto& info) { return info.param.name; });

TEST(PolicyErrorCodesTest, EveryCodeIsProvoked) {
  std::set<std::string> provoked;
  for (const PolicyErrorCase& error : PolicyErrorCases()) {
    for (const std::string& expected : error.expected) provoked.insert(expected.substr(expected.find(' ') + 1));
  }
  std::set<std::string> all;
  for (const CodeInfo& info : AllCodes()) all.insert(std::string(info.name));
  EXPECT_EQ(provoked, all);
}

TEST(PolicyErrorMessagesTest, UnknownKeyComesWithASuggestion) {
  const auto diagnostics = Compile("version: 1\nrules:\n- name: a\n  when: {idel: 1h}\n");
  ASSERT_FALSE(diagnostics.empty());
  EXPECT_EQ(FormatDiagnostic(diagnostics.back()),
            "p.yaml:4:10: error [unknown-key] \"idel\" is unknown in `when`; did you mean \"idle\"?");
}

TEST(PolicyErrorMessagesTest, ErrorsGiveNoPolicyAndWarningsDo) {
  EXPECT_EQ(CompilePolicy({"p", "version: 2\n", nullptr}).policy, nullptr);
  const CompileResult warned = CompilePolicy({"p", "version: 1\nlists: {a: [b]}\n", nullptr});
  EXPECT_NE(warned.policy, nullptr);
  EXPECT_EQ(warned.diagnostics.size(), 1u);
  EXPECT_FALSE(HasErrors(warned.diagnostics));
}

TEST(PolicyErrorMessagesTest, AThousandErrorsAreEnough) {
  std::string text = "version: 1\n";
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&text, "unknown", i, ": x\n");
  const auto diagnostics = Compile(text);
  EXPECT_EQ(diagnostics.size(), 1000u);
  EXPECT_THAT(diagnostics.back().message, ::testing::HasSubstr("further ones are not shown"));
}

}  // namespace
}  // namespace idlewarden::policy
