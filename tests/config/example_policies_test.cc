// Every example policy compiles without an error and without a warning.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "agent/settings/policy_file.h"
#include "gtest/gtest.h"
#include "policy/compiler/compile.h"
#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::agent {
namespace {

std::vector<std::string> ExamplePolicies() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("config/policies")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  }
  return paths;
}

TEST(ExamplePoliciesTest, ThereAreSome) { EXPECT_GE(ExamplePolicies().size(), 4u); }

TEST(ExamplePoliciesTest, NoneHasErrorsOrWarnings) {
  for (const std::string& path : ExamplePolicies()) {
    SCOPED_TRACE(path);
    const absl::StatusOr<policy::PolicySource> source = ReadPolicyFile(path);
    ASSERT_TRUE(source.ok()) << source.status();
    const policy::CompileResult result = policy::CompilePolicy(*source);
    for (const policy::Diagnostic& diagnostic : result.diagnostics) {
      ADD_FAILURE() << policy::FormatDiagnostic(diagnostic);
    }
    ASSERT_NE(result.policy, nullptr);
    EXPECT_GT(result.policy->rule_count(), 0u);
  }
}

// Editors with a YAML language server complete and check by it.
TEST(ExamplePoliciesTest, EachNamesTheSchemaInItsFirstLine) {
  const std::string kStart = "# yaml-language-server: $schema=";
  for (const std::string& path : ExamplePolicies()) {
    SCOPED_TRACE(path);
    std::string line;
    std::getline(std::ifstream(path) >> std::ws, line);
    ASSERT_EQ(line.substr(0, kStart.size()), kStart);
    const std::filesystem::path schema = std::filesystem::path(path).parent_path() / line.substr(kStart.size());
    EXPECT_EQ(schema.lexically_normal(), "config/policy.schema.json");
    EXPECT_TRUE(std::filesystem::is_regular_file(schema)) << schema;
  }
}

}  // namespace
}  // namespace idlewarden::agent
