// config/policy.schema.json against the reader: what the reader takes the schema takes, and what the reader refuses for
// its shape the schema refuses. What needs more than shapes (lists that exist, networks, bounds) is left to the reader.

#define RAPIDJSON_SCHEMA_USE_INTERNALREGEX 0
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <string>

#include "policy/compiler/compile.h"
#include "policy/compiler/policy_error_cases.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {
namespace {

using rapidjson::Value;
using Allocator = rapidjson::Document::AllocatorType;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// As editors see a plain scalar: YAML 1.2's core schema.
Value PlainToJson(const std::string& text, Allocator& memory) {
  if (text == "true" || text == "false") return Value(text == "true");
  if (std::regex_match(text, std::regex("[-+]?[0-9]{1,18}"))) return Value(static_cast<int64_t>(std::stoll(text)));
  if (std::regex_match(text, std::regex("0x[0-9a-fA-F]{1,8}")))
    return Value(static_cast<int64_t>(std::stoll(text, nullptr, 16)));
  if (std::regex_match(text, std::regex("[-+]?[0-9]*\\.[0-9]+"))) return Value(std::stod(text));
  return Value(text.c_str(), memory);
}

Value ToJson(const YamlNode& node, Allocator& memory) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return Value();
    case YamlNode::Kind::kScalar:
      return node.plain ? PlainToJson(node.text, memory) : Value(node.text.c_str(), memory);
    case YamlNode::Kind::kSequence: {
      Value array(rapidjson::kArrayType);
      for (const YamlNode* item : node.items) array.PushBack(ToJson(*item, memory), memory);
      return array;
    }
    case YamlNode::Kind::kMap:
      break;
  }
  Value object(rapidjson::kObjectType);
  for (size_t i = 0; i + 1 < node.items.size(); i += 2) {
    object.AddMember(Value(node.items[i]->text.c_str(), memory), ToJson(*node.items[i + 1], memory), memory);
  }
  return object;
}

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest() {
    json_.Parse(ReadFile("config/policy.schema.json").c_str());
    EXPECT_FALSE(json_.HasParseError());
    schema_ = std::make_unique<rapidjson::SchemaDocument>(json_);
  }

  // False also for texts that are no YAML.
  bool Accepts(const std::string& yaml) const {
    DiagnosticList diagnostics("p");
    const YamlTree tree(yaml, 0, diagnostics);
    if (tree.root() == nullptr || diagnostics.has_errors()) return false;
    rapidjson::Document document;
    const Value value = ToJson(*tree.root(), document.GetAllocator());
    rapidjson::SchemaValidator validator(*schema_);
    return value.Accept(validator);
  }

  rapidjson::Document json_;
  std::unique_ptr<rapidjson::SchemaDocument> schema_;
};

TEST_F(SchemaTest, AgreesWithTheReaderOnShapes) {
  const std::set<Code> kShapes = {Code::kUnknownKey, Code::kMissingKey, Code::kWrongType,      Code::kBadVersion,
                                  Code::kBadName,    Code::kBadNumber,  Code::kBadValue,       Code::kBadTime,
                                  Code::kBadDay,     Code::kEmptyList,  Code::kEmptyCondition, Code::kNestedAny,
                                  Code::kBadDuration};
  int accepted = 0;
  int refused = 0;
  for (const PolicyErrorCase& error : PolicyErrorCases()) {
    if (error.yaml.size() > 10'000) continue;
    if (error.name == "ColumnsCountCharacters") continue;  // RapidJSON does not know propertyNames
    bool shape = false;
    bool other_error = false;
    for (const Diagnostic& d : CompilePolicy({"p", error.yaml, nullptr}).diagnostics) {
      shape |= kShapes.count(d.code) > 0;
      other_error |= d.severity == Severity::kError;
    }
    if (shape) {
      EXPECT_FALSE(Accepts(error.yaml)) << error.name << "\n" << error.yaml;
      ++refused;
    } else if (!other_error) {
      EXPECT_TRUE(Accepts(error.yaml)) << error.name << "\n" << error.yaml;
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 10);
  EXPECT_GT(refused, 20);
}

TEST_F(SchemaTest, AcceptsAPolicyWithEverything) {
  EXPECT_TRUE(Accepts(ReadFile("policy/compiler/policy_corpus/everything.yaml")));
  EXPECT_TRUE(Accepts(ReadFile("policy/compiler/policy_corpus/canonical.yaml")));
}

TEST_F(SchemaTest, AgreesWithTheReaderOnDurations) {
  const auto both = [&](const std::string& yaml, bool right) {
    EXPECT_EQ(HasErrors(CompilePolicy({"p", yaml, nullptr}).diagnostics), !right) << yaml;
    EXPECT_EQ(Accepts(yaml), right) << yaml;
  };
  const auto everywhere = [&](const std::string& duration, bool right) {
    both("version: 1\nrules: [{name: r, when: {idle: " + duration + "}}]\n", right);
    both("version: 1\nrules: [{name: r, when: {idle: {at_least: " + duration + "}}}]\n", right);
    both("version: 1\nrules: [{name: r, when: {idle: 1h}, for: " + duration + "}]\n", right);
    both("version: 1\nprotect: [{name: p, when: {age: {below: " + duration + "}}}]\n", right);
  };
  for (const char* right : {"1s", "15m", "1h1m", "7d", "1d2h3m4s", "0h1m", "010m", "100s", "1h0m", "\"15m\""}) {
    everywhere(right, true);
  }
  for (const char* wrong : {"15", "0", "0s", "0h0m", "00d", "0d0h0m0s", "1m1h", "1h1h", "m", "15 m", "15M", "-5m",
                            "1.5h", "\"\"", "\" 15m\"", "15min", "true", "~", "[15m]"}) {
    everywhere(wrong, false);
  }
}

}  // namespace
}  // namespace idlewarden::policy
