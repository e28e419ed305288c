// Every condition of the language is known to everything that goes by conditions: what a new row of kFields has to
// pass.
//
// What the compiler cannot see is looked at here: the documents, the schema, the corpus of the fuzz targets and the
// answers of both evaluators.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/evaluator/explain.h"
#include "policy/model/condition.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using ::testing::HasSubstr;
using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Two values of the field that mean different things.
std::pair<std::string, std::string> Values(FieldKind kind) {
  switch (kind) {
    case FieldKind::kTime:
      return {"1h", "2h"};
    case FieldKind::kCount:
      return {"{at_least: 1}", "{at_least: 2}"};
    case FieldKind::kPatterns:
      return {"[a]", "[b]"};
    case FieldKind::kServers:
      return {"{labels: {k: [a]}}", "{labels: {k: [b]}}"};
    case FieldKind::kFlag:
      return {"true", "false"};
    case FieldKind::kWindows:
      break;
  }
  return {"{days: [sun]}", "{days: [mon]}"};
}

std::string ProtectWhen(absl::string_view when) {
  return absl::StrCat("version: 1\nprotect: [{name: p, when: ", when, "}]\n");
}

class EveryFieldTest : public ::testing::TestWithParam<FieldInfo> {
 protected:
  static CompileResult Compile(const std::string& when) { return CompilePolicy({"p", ProtectWhen(when), nullptr}); }
  std::string Condition(const std::string& value) const { return absl::StrCat("{", GetParam().key, ": ", value, "}"); }
};

TEST_P(EveryFieldTest, IsReadAndMakesAnotherPolicyByItsValue) {
  const auto [one, other] = Values(GetParam().kind);
  const CompileResult first = Compile(Condition(one));
  const CompileResult second = Compile(Condition(other));
  const CompileResult without = Compile("{any: [{age: 1m}, {age: {below: 1m}}]}");
  ASSERT_NE(first.policy, nullptr) << first.diagnostics.at(0).message;
  ASSERT_NE(second.policy, nullptr) << second.diagnostics.at(0).message;
  EXPECT_TRUE(first.diagnostics.empty()) << "not as if it had no conditions: " << first.diagnostics.at(0).message;
  EXPECT_NE(first.policy->hash(), second.policy->hash());
  EXPECT_NE(first.policy->hash(), without.policy->hash());
  EXPECT_THAT(first.policy->canonical(), HasSubstr(absl::StrCat("      ", GetParam().key, ": ")));
}

TEST_P(EveryFieldTest, CanonicalFormIsReadAgain) {
  const CompileResult first = Compile(absl::StrCat("{any: [", Condition(Values(GetParam().kind).first), "]}"));
  ASSERT_NE(first.policy, nullptr) << first.diagnostics.at(0).message;
  const CompileResult again = CompilePolicy({"p", first.policy->canonical(), nullptr});
  ASSERT_NE(again.policy, nullptr) << first.policy->canonical() << again.diagnostics.at(0).message;
  EXPECT_EQ(again.policy->hash(), first.policy->hash());
}

TEST_P(EveryFieldTest, IsExplained) {
  const CompileResult result = Compile(Condition(Values(GetParam().kind).first));
  ASSERT_NE(result.policy, nullptr);
  const SessionTable table = MakeTable({MakeServer("fs01", {MakeSession("pc", "alice")})});
  const ExplainedNode when = Explain(*result.policy, table.server(0), 0, absl::UnixEpoch()).protections.at(0).when;
  ASSERT_EQ(when.parts.size(), 1u);
  const bool is_label = GetParam().kind == FieldKind::kServers;
  EXPECT_EQ(when.parts[0].name, is_label ? "label k" : GetParam().key);
  EXPECT_NE(when.parts[0].required, "");
  EXPECT_NE(when.parts[0].measured, "");
}

TEST_P(EveryFieldTest, IsInTheSchemaInTheSameWords) {
  rapidjson::Document schema;
  schema.Parse(ReadFile("config/policy.schema.json").c_str());
  ASSERT_FALSE(schema.HasParseError());
  const std::string key(GetParam().key);
  const auto& of_map = schema["definitions"]["map"]["properties"];
  ASSERT_TRUE(of_map.HasMember(key.c_str())) << key;
  EXPECT_EQ(of_map[key.c_str()]["description"].GetString(), std::string(GetParam().doc));
  const auto& of_when = schema["definitions"]["when"]["properties"];
  ASSERT_TRUE(of_when.HasMember(key.c_str())) << key;
  EXPECT_EQ(of_when[key.c_str()]["$ref"].GetString(), absl::StrCat("#/definitions/map/properties/", key));
}

TEST_P(EveryFieldTest, HasARowInTheDocumentsAndAPlaceInTheCorpus) {
  EXPECT_THAT(ReadFile("docs/policy.md"), HasSubstr(absl::StrCat("\n| `", GetParam().key, "` | ")));
  EXPECT_THAT(ReadFile("policy/compiler/policy_corpus/everything.yaml"), HasSubstr(absl::StrCat(GetParam().key, ":")));
}

INSTANTIATE_TEST_SUITE_P(Fields, EveryFieldTest, ::testing::ValuesIn(kFields),
                         [](const auto& info) { return std::string(info.param.key); });

// The evaluators agree on random cases (evaluators_agree_test); that says something of a field only if these have it,
// and sessions for which it is true, false and, where it can be, unknown.
TEST(RandomCaseTest, AsksForEveryFieldWithEveryAnswer) {
  std::set<std::pair<std::string, Answer>> seen;
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    const testing::RandomCase made = testing::MakeRandomCase(random, {4, 6, 12});
    const auto policy = CompilePolicy({"p", made.Yaml(), nullptr}).policy;
    ASSERT_NE(policy, nullptr);
    const SessionTable table = MakeTable(made.servers, made.hosts);
    for (size_t server = 0; server < table.server_count(); ++server) {
      if (table.server(server).size() == 0) continue;
      for (const ExplainedEntry& rule : Explain(*policy, table.server(server), 0, made.at).rules) {
        for (const ExplainedNode& part : rule.when.parts) seen.insert({part.name, part.answer});
      }
    }
  }
  for (const FieldInfo& info : kFields) {
    const std::string key(info.key);
    EXPECT_TRUE(seen.count({key, Answer::kYes})) << key;
    EXPECT_TRUE(seen.count({key, Answer::kNo})) << key;
    const bool can_be_unknown = info.scope == FieldScope::kSession;
    EXPECT_EQ(seen.count({key, Answer::kUnknown}) > 0, can_be_unknown) << key;
  }
}

}  // namespace
}  // namespace idlewarden::policy
