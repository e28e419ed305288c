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

}  // namespace
}  // namespace idlewarden::agent
