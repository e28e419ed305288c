#include "tools/netsession/arguments.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::tools {
namespace {

using ::testing::HasSubstr;

struct Result {
  std::optional<int> exit_status;
  DeleteArguments arguments;
  std::string out;
  std::string err;
};

Result Read(const std::vector<std::string>& command_line) {
  Result result;
  std::ostringstream out;
  std::ostringstream err;
  result.exit_status = ReadArguments(command_line, &result.arguments, out, err);
  result.out = out.str();
  result.err = err.str();
  return result;
}

TEST(ArgumentsTest, ServerClientAndUser) {
  for (const auto& words : {std::vector<std::string>{"\\\\fs01", "\\\\10.0.0.5", "alice"},
                            {"\\fs01", "\\10.0.0.5", "alice"},
                            {"\\\\\\\\fs01", "\\\\\\\\10.0.0.5", "alice"},
                            {"//fs01", "//10.0.0.5", "alice"},
                            {"fs01", "10.0.0.5", "alice"}}) {
    const Result result = Read(words);
    EXPECT_FALSE(result.exit_status.has_value()) << result.err;
    EXPECT_EQ(result.arguments.server, "fs01");
    EXPECT_EQ(result.arguments.client, "10.0.0.5");
    EXPECT_EQ(result.arguments.user, "alice");
  }
}

TEST(ArgumentsTest, NoServerMeansTheLocalHost) {
  EXPECT_EQ(Read({"alice", "--all-clients"}).arguments.server, "localhost");
  const Result result = Read({"", "\\\\10.0.0.5", "alice"});
  EXPECT_FALSE(result.exit_status.has_value()) << result.err;
  EXPECT_EQ(result.arguments.server, "localhost");
}

TEST(ArgumentsTest, AUserWithDomainIsAUser) {
  EXPECT_EQ(Read({"\\\\fs01", "\\\\pc", "CORP\\alice"}).arguments.user, "CORP\\alice");
}

TEST(ArgumentsTest, AWildcardMustBeWritten) {
  Result result = Read({"\\\\fs01", "\\\\pc"});
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_THAT(result.err, HasSubstr("--all-users"));
  result = Read({"\\\\fs01", "alice"});
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_THAT(result.err, HasSubstr("--all-clients"));
  EXPECT_EQ(Read({"\\\\fs01"}).exit_status, 2);
  EXPECT_EQ(Read({"\\\\fs01", "--all-clients"}).exit_status, 2);
  EXPECT_FALSE(Read({"\\\\fs01", "\\\\pc", "--all-users"}).exit_status.has_value());
  EXPECT_FALSE(Read({"\\\\fs01", "alice", "--all-clients"}).exit_status.has_value());
  EXPECT_FALSE(Read({"\\\\fs01", "--all-clients", "--all-users"}).exit_status.has_value());
}

TEST(ArgumentsTest, EmptyNamesAreNoNames) {
  EXPECT_EQ(Read({"\\\\fs01", "\\\\", "alice"}).exit_status, 2);
  EXPECT_EQ(Read({"\\\\fs01", "\\\\pc", ""}).exit_status, 2);
  EXPECT_EQ(Read({"fs01", "", "alice"}).exit_status, 2);
}

TEST(ArgumentsTest, ContradictionsAndAmbiguitiesAreRefused) {
  EXPECT_EQ(Read({"\\\\fs01", "\\\\pc", "alice", "--all-users"}).exit_status, 2);
  EXPECT_EQ(Read({"\\\\fs01", "\\\\pc", "alice", "--all-clients"}).exit_status, 2);
  EXPECT_EQ(Read({"fs01", "alice", "--all-clients"}).exit_status, 2);
  EXPECT_EQ(Read({"alice", "\\\\fs01", "--all-clients"}).exit_status, 2);
  EXPECT_EQ(Read({"\\\\a", "\\\\b", "c", "d"}).exit_status, 2);
  EXPECT_EQ(Read({"\\\\a", "\\\\b", "c", "--port", "0"}).exit_status, 2);
  EXPECT_EQ(Read({"\\\\a", "\\\\b", "c", "--signing", "maybe"}).exit_status, 2);
}

TEST(ArgumentsTest, WithoutArgumentsTheUsageIsPrinted) {
  const Result result = Read({});
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_THAT(result.err, HasSubstr("netsessiondel [\\\\ServerName] [\\\\ClientName] [UserName]"));
}

TEST(ArgumentsTest, HelpAndVersionSucceed) {
  EXPECT_EQ(Read({"--help"}).exit_status, 0);
  EXPECT_THAT(Read({"--help"}).out, HasSubstr("--all-users"));
  EXPECT_EQ(Read({"--version"}).exit_status, 0);
  EXPECT_THAT(Read({"--version"}).out, HasSubstr("netsessiondel "));
}

}  // namespace
}  // namespace idlewarden::tools
