#include "agent/ledger/policy_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "agent/ledger/audit_chain.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Texts(Database& database, absl::string_view hash = "") {
  std::vector<std::string> texts;
  EXPECT_TRUE(ReadPolicies(database, hash, [&](const PolicyRecord& policy) {
                texts.push_back(policy.trigger + " " + policy.by + " " + policy.text);
              }).ok());
  return texts;
}

TEST(PolicyRecordsTest, EachChangeIsKeptOnceAndAudited) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  const auto write = [&](const std::string& hash, const std::string& text, const std::string& trigger) {
    ASSERT_TRUE(WritePolicy(database, {.at = absl::FromUnixSeconds(1'800'000'000),
                                       .agent = "ams-1",
                                       .hash = hash,
                                       .file = "policy.yaml",
                                       .trigger = trigger,
                                       .by = "carol",
                                       .text = text,
                                       .canonical = "c"})
                    .ok());
  };
  write("aa", "one", "start");
  write("aa", "one", "start");  // a restart
  write("aa", "one # a comment", "file");
  write("bb", "two", "rpc");
  write("aa", "one", "file");  // back to an older one
  EXPECT_THAT(Texts(database),
              ElementsAre("start carol one", "file carol one # a comment", "rpc carol two", "file carol one"));
  EXPECT_THAT(Texts(database, "b"), ElementsAre("rpc carol two"));
  EXPECT_EQ(*VerifyAudit(database), 4);
}

TEST(PolicyRecordsTest, RetentionKeepsThePolicyThatWasInForceAtTheHorizon) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  const absl::Time horizon = absl::FromUnixSeconds(1'800'000'000);
  const auto write = [&](const std::string& hash, absl::Time at) {
    ASSERT_TRUE(WritePolicy(database, {.at = at, .hash = hash, .trigger = "file", .text = hash}).ok());
  };
  const auto prune = [&](absl::Time at) { ASSERT_TRUE(ledger.Prune(at).ok()); };
  write("aa", horizon - absl::Hours(9000));
  write("bb", horizon - absl::Hours(8000));  // records after the horizon may be of it
  write("cc", horizon);
  write("dd", horizon + absl::Hours(1));
  prune(horizon);
  EXPECT_THAT(Texts(database), ElementsAre("file  bb", "file  cc", "file  dd"));
  prune(horizon + absl::Hours(1));
  EXPECT_THAT(Texts(database), ElementsAre("file  cc", "file  dd"));
  prune(horizon + absl::Hours(9000));
  EXPECT_THAT(Texts(database), ElementsAre("file  dd"));  // in force
}

}  // namespace
}  // namespace idlewarden::agent
