#include "agent/loop/policy_holder.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

class PolicyHolderTest : public ::testing::Test {
 protected:
  std::string text_ = "version: 1\nrules:\n  - {name: r, when: {idle: 1h}}\n";
  absl::Status unreadable_;
  std::string list_ = "alice\n";
  PolicyHolder holder_{"/etc/policy.yaml",
                       [this]() -> absl::StatusOr<policy::PolicySource> {
                         if (!unreadable_.ok()) return unreadable_;
                         return policy::PolicySource{.file_name = "/etc/policy.yaml",
                                                     .text = text_,
                                                     .read_list_file = [this](const std::string&) { return list_; }};
                       },
                       policy::CompileOptions{.shortest_polling = absl::Seconds(30)}};
};

TEST_F(PolicyHolderTest, TheFirstGoodPolicyIsAChange) {
  EXPECT_EQ(holder_.policy(), nullptr);
  const PolicyHolder::Attempt attempt = holder_.Reload(kStart);
  EXPECT_TRUE(attempt.taken);
  EXPECT_TRUE(attempt.changed);
  EXPECT_EQ(holder_.policy()->rule_count(), 1u);
  EXPECT_EQ(holder_.loaded_at(), kStart);
}

TEST_F(PolicyHolderTest, TheSameMeaningIsNoChange) {
  holder_.Reload(kStart);
  text_ = "# a comment\nversion: 1\nrules: [{name: r, when: {idle: 60m}}]\n";
  const PolicyHolder::Attempt attempt = holder_.Reload(kStart + absl::Seconds(1));
  EXPECT_TRUE(attempt.taken);
  EXPECT_FALSE(attempt.changed);
}

TEST_F(PolicyHolderTest, ABadOneLeavesTheLastGoodOne) {
  holder_.Reload(kStart);
  const auto before = holder_.policy();
  text_ = "version: 1\nrules:\n  - {name: r, when: {idle: 0}}\n";
  const PolicyHolder::Attempt attempt = holder_.Reload(kStart + absl::Seconds(1));
  EXPECT_FALSE(attempt.taken);
  EXPECT_THAT(attempt.diagnostics, SizeIs(1));
  EXPECT_EQ(holder_.policy(), before);
  EXPECT_EQ(holder_.loaded_at(), kStart);
  EXPECT_THAT(holder_.last_error(), HasSubstr("/etc/policy.yaml:3:"));
}

TEST_F(PolicyHolderTest, AnUnreadableOneIsADiagnosticOfTheFile) {
  holder_.Reload(kStart);
  unreadable_ = absl::PermissionDeniedError("/etc/policy.yaml: permission denied");
  const PolicyHolder::Attempt attempt = holder_.Reload(kStart);
  EXPECT_FALSE(attempt.taken);
  ASSERT_THAT(attempt.diagnostics, SizeIs(1));
  EXPECT_EQ(attempt.diagnostics[0].file, "/etc/policy.yaml");
  EXPECT_THAT(holder_.last_error(), HasSubstr("permission denied"));
  unreadable_ = absl::OkStatus();
  EXPECT_TRUE(holder_.Reload(kStart).taken);
  EXPECT_EQ(holder_.last_error(), "");
}

TEST_F(PolicyHolderTest, ListFilesAreNamedAndTheirContentCounts) {
  text_ = "version: 1\nlists: {leavers: {file: l.txt}}\nrules: [{name: r, when: {idle: 1h, users: [$leavers]}}]\n";
  ASSERT_TRUE(holder_.Reload(kStart).taken);
  EXPECT_THAT(holder_.list_files(), ElementsAre("l.txt"));
  EXPECT_FALSE(holder_.Reload(kStart).changed);
  list_ = "alice\nbob\n";
  EXPECT_TRUE(holder_.Reload(kStart).changed);
}

TEST_F(PolicyHolderTest, WarningsDoNotStopIt) {
  text_ = "version: 1\nrules: [{name: r, when: {idle: 40s}}]\n";  // below twice the shortest polling interval
  const PolicyHolder::Attempt attempt = holder_.Reload(kStart);
  EXPECT_TRUE(attempt.taken);
  EXPECT_THAT(attempt.diagnostics, SizeIs(1));
}

}  // namespace
}  // namespace idlewarden::agent
