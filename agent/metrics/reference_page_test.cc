// docs/metrics.md is what the table of metrics says.

#include <fstream>
#include <iterator>
#include <string>

#include "agent/metrics/metrics.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(ReferencePageTest, IsCurrent) {
  std::ifstream file("docs/metrics.md");
  ASSERT_TRUE(file.is_open());
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(page, AgentMetrics::ReferencePage())
      << "write it anew: bazel run //agent/metrics:write_reference_page > docs/metrics.md";
}

}  // namespace
}  // namespace idlewarden::agent
