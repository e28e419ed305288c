// What the reader and the compiler refuse or warn about, with code and place. Each code of the registry must be
// provoked by a case here: the last test fails for one that is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/compiler/policy_error_cases.h"
#include "policy/model/resolved_policy.h"

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
  if (path == "macintosh.txt") return "10.0.0.0/8\r# none\r10.0.0.1/8\r";
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
  for (const Diagnostic& d : UnreadablePolicy("p.yaml", absl::NotFoundError("cannot open p.yaml")).diagnostics) {
    provoked.insert(std::string(CodeName(d.code)));
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

std::string OnlyMessage(const std::string& text) {
  const auto diagnostics = Compile(text);
  EXPECT_EQ(diagnostics.size(), 1u) << text;
  return diagnostics.empty() ? "" : diagnostics[0].message;
}

TEST(PolicyErrorMessagesTest, ARuleWithoutANameIsNotCalledByAnEmptyOne) {
  for (const Diagnostic& d : Compile("version: 1\nrules:\n- {name: A_b, when: {users: [x]}}\n- {when: {}}\n")) {
    EXPECT_THAT(d.message, ::testing::Not(::testing::HasSubstr("\"\""))) << FormatDiagnostic(d);
  }
}

TEST(PolicyErrorMessagesTest, SuggestedDaysAreWhatWasMeant) {
  const auto days = [](const std::string& text) {
    return OnlyMessage("version: 1\nrules: [{name: r, when: {idle: 1h, during: {days: [" + text + "]}}}]\n");
  };
  EXPECT_THAT(days("mon-thur"), ::testing::EndsWith("; did you mean \"mon-thu\"?"));
  EXPECT_THAT(days("Monday-Friday"), ::testing::EndsWith("; did you mean \"mon-fri\"?"));
  EXPECT_THAT(days("wen"), ::testing::EndsWith("; did you mean \"wed\"?"));
  EXPECT_THAT(days("mon-fri-sun"), ::testing::EndsWith("; a range has two ends"));
  EXPECT_THAT(days("-"), ::testing::EndsWith("such as mon-fri"));
}

TEST(PolicyErrorMessagesTest, DeadEntriesComeWithTheRightSpelling) {
  const auto client = [](const std::string& text) {
    return OnlyMessage("version: 1\nprotect: [{name: p, when: {clients: ['" + text + "']}}]\n");
  };
  EXPECT_THAT(client("\\\\10.0.0.5"), ::testing::HasSubstr("(write \"10.0.0.5\")"));
  EXPECT_THAT(client("[2001:DB8::1]"), ::testing::HasSubstr("(write \"2001:db8::1\")"));
  EXPECT_THAT(client("fe80::1%eth0"), ::testing::HasSubstr("(write \"fe80::1\")"));
  EXPECT_THAT(client(" 10.0.0.0/8"), ::testing::HasSubstr("(write \"10.0.0.0/8\")"));
  EXPECT_THAT(client("[a-z]*"), ::testing::Not(::testing::HasSubstr("write")));
}

TEST(PolicyErrorMessagesTest, AnOpenQuoteIsNamedWhereItOpens) {
  EXPECT_THAT(OnlyMessage("version: 1\nzone: \"UTC\n"),
              ::testing::StartsWith("the quote \" that opens here is not closed and"));
  EXPECT_THAT(OnlyMessage("version: 1\nzone: 'UTC\n"),
              ::testing::StartsWith("the quote ' that opens here is not closed and"));
}

TEST(PolicyErrorMessagesTest, NamesInThemCannotSteerATerminal) {
  for (const Diagnostic& d : Compile("version: 1\n\"\\e[2J\\u202E\": x\nlists: {a: [\"10.0.0.0/\\e[2J\"]}\n")) {
    const std::string text = FormatDiagnostic(d);
    EXPECT_EQ(text.find('\033'), std::string::npos) << text;
    EXPECT_EQ(text.find("\u202E"), std::string::npos) << text;
  }
  EXPECT_THAT(OnlyMessage("version: 1\n\"\\e[2J\\u202E\": x\n"), ::testing::HasSubstr("\"\\u001b[2J\\u202e\""));
}

TEST(PolicyErrorMessagesTest, ListFilesAreNamedAsTheyWereFound) {
  PolicySource source{"conf/p.yaml",
                      "version: 1\nlists: {a: {file: networks.txt}, b: {file: dir}, c: {file: /x/missing.txt}}\n"
                      "protect: [{name: p, when: {clients: [$a, $b, $c]}}]\n",
                      ReadFakeListFile, "conf"};
  const auto diagnostics = CompilePolicy(source).diagnostics;
  ASSERT_EQ(diagnostics.size(), 3u);
  EXPECT_THAT(diagnostics[0].message, ::testing::StartsWith("the list file \"dir\" (conf/dir) cannot be used: "));
  EXPECT_THAT(diagnostics[1].message, ::testing::StartsWith("the list file \"/x/missing.txt\" cannot be used: "));
  EXPECT_EQ(diagnostics[2].file, "conf/networks.txt");
}

TEST(ListFileTest, AHashStartsACommentWhereverItStands) {
  const CompileResult result = CompilePolicy(
      {"p", "version: 1\nlists: {a: {file: good.txt}}\nprotect: [{name: p, when: {users: [$a]}}]\n", ReadFakeListFile});
  ASSERT_NE(result.policy, nullptr);
  const ResolvedCondition& users = *result.policy->resolved().protections.at(0).when.all.Find(Field::kUsers);
  std::vector<std::string> entries;
  for (const Pattern& pattern : std::get<PatternLists<PatternSet>>(users.value).in->at(0)->patterns)
    entries.push_back(pattern.text);
  EXPECT_THAT(entries, ::testing::UnorderedElementsAre("alice", "bob", "c"));
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_THAT(result.diagnostics[0].message, ::testing::HasSubstr("the entry is \"c\""));
}

TEST(PolicyErrorMessagesTest, WhatIsMissingBehindASyntaxErrorIsNotReported) {
  const auto diagnostics = Compile("rules:\n- {name: a, when: {idle: 1h, users: [$b]}}\n- {name: c\n");
  ASSERT_EQ(diagnostics.size(), 1u) << FormatDiagnostic(diagnostics[0]);
  EXPECT_EQ(diagnostics[0].code, Code::kYamlSyntax);
}

TEST(PolicyErrorMessagesTest, UnreadableFilesAreDiagnostics) {
  const auto one = [](const absl::Status& why) { return UnreadablePolicy("p.yaml", why).diagnostics.at(0); };
  EXPECT_EQ(FormatDiagnostic(one(absl::NotFoundError("cannot open p.yaml: No such file or directory"))),
            "p.yaml:1:1: error [unreadable] cannot open p.yaml: No such file or directory");
  EXPECT_EQ(one(absl::ResourceExhaustedError("x")).code, Code::kTooLarge);
  EXPECT_EQ(UnreadablePolicy("p.yaml", absl::NotFoundError("x")).policy, nullptr);
}

TEST(PolicyErrorMessagesTest, WhatNeverMatchesIsCalledByItsKind) {
  EXPECT_THAT(OnlyMessage("version: 1\nprotect: [{name: p, when: {users: {in: [bob], not_in: [\"*\"]}}}]\n"),
              ::testing::StartsWith("the protection \"p\" can never match: "));
  EXPECT_THAT(OnlyMessage("version: 1\nprotect: [{name: p, when: {any: [{guest: true}, {user_sessions: 0}]}}]\n"),
              ::testing::StartsWith("this alternative of the protection \"p\" can never match: "));
  EXPECT_THAT(OnlyMessage("version: 1\nrules: [{name: r, when: {idle: 1h, user_sessions: 0}}]\n"),
              ::testing::StartsWith("the rule \"r\" can never match: "));
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
