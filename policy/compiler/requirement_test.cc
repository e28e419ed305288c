#include "policy/compiler/requirement.h"

#include "gtest/gtest.h"
#include "policy/compiler/compile.h"

namespace idlewarden::policy {
namespace {

std::string RequirementOfRule(const std::string& when, const std::string& more = "") {
  const CompileResult result = CompilePolicy({.file_name = "p",
                                              .text = "version: 1\nrules:\n  - {name: r, when: " + when + more + "}\n",
                                              .read_list_file = {}});
  if (result.policy == nullptr) return FormatDiagnostic(result.diagnostics.at(0));
  return RequirementOf(*result.policy, "r");
}

TEST(RequirementTest, NamesTheMeasuredLimits) {
  EXPECT_EQ(RequirementOfRule("{idle: 1h30m, users: [alice]}"), "idle >= 1h30m, open_files <= 0");
  EXPECT_EQ(RequirementOfRule("{idle: {at_least: 10m, below: 1h}, open_files: {at_least: 0}}"),
            "idle >= 10m, idle < 1h");
  EXPECT_EQ(RequirementOfRule("{age: 2d, open_files: {at_least: 1, at_most: 3}}", ", close_active: true"),
            "age >= 2d, open_files >= 1, open_files <= 3");
}

TEST(RequirementTest, NamesAlternatives) {
  EXPECT_EQ(RequirementOfRule("{open_files: 0, any: [{idle: 1h}, {idle: 10m, users: [x]}]}"),
            "open_files <= 0, any of (idle >= 1h; idle >= 10m)");
}

TEST(RequirementTest, IsEmptyForARuleThatIsNotThere) {
  const CompileResult result = CompilePolicy({.file_name = "p", .text = "version: 1\n", .read_list_file = {}});
  ASSERT_NE(result.policy, nullptr);
  EXPECT_EQ(RequirementOf(*result.policy, "r"), "");
}

}  // namespace
}  // namespace idlewarden::policy
