// Every example policy compiles without an error and without a warning.

#include <filesystem>
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

}  // namespace
}  // namespace idlewarden::agent
