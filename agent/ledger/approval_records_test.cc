#include "agent/ledger/approval_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

using ::testing::SizeIs;

policy::Plan HeldPlan() {
  policy::Plan plan{.id = "plan-1", .policy_hash = "hash-1"};
  for (const char* user : {"alice", "bob", "eve"}) {
    plan.pairs.push_back({.server = "fs01", .client = "10.0.0.5", .user = user, .rule = "idle-ones"});
    plan.pairs.back().sessions.resize(2);
    plan.pairs.back().decision = policy::Decision::kHeld;
  }
  plan.pairs.back().decision = policy::Decision::kClose;
  return plan;
}

std::vector<std::string> Texts(Database& database, absl::string_view sql) {
  auto query = database.Prepare(sql);
  std::vector<std::string> texts;
  while (*query->Step()) texts.push_back(query->Text(0));
  return texts;
}

TEST(ApprovalRecordsTest, HoldsWhoWhenWhyAndEachHeldPair) {
  auto ledger = *Ledger::OpenInMemory();
  const absl::Time at = absl::FromUnixMicros(1'800'000'000'000'001);
  ASSERT_TRUE(WriteApproval(ledger.database(),
                            {.at = at,
                             .agent = "ams-1",
                             .plan_id = "plan-1",
                             .policy_hash = "hash-1",
                             .by = "carol",
                             .reason = "ticket 12"},
                            HeldPlan())
                  .ok());
  const auto approvals = ReadApprovals(ledger.database(), 10);
  ASSERT_TRUE(approvals.ok()) << approvals.status();
  ASSERT_THAT(*approvals, SizeIs(1));
  EXPECT_EQ((*approvals)[0].at, at);
  EXPECT_EQ((*approvals)[0].by, "carol");
  EXPECT_EQ((*approvals)[0].reason, "ticket 12");
  EXPECT_EQ((*approvals)[0].pairs, 2);
  EXPECT_THAT(Texts(ledger.database(), "SELECT user || sessions || scope FROM approved_pair ORDER BY user"),
              ::testing::ElementsAre("alice2pair", "bob2pair"));
}

TEST(ApprovalRecordsTest, HoldsTheConnectionThatAPairIsOf) {
  auto ledger = *Ledger::OpenInMemory();
  policy::Plan plan = HeldPlan();
  plan.pairs[0].connection = "c1";
  plan.pairs[0].scope = policy::CloseScope::kConnection;
  ASSERT_TRUE(WriteApproval(ledger.database(), {.plan_id = "plan-1", .by = "carol"}, plan).ok());
  EXPECT_THAT(Texts(ledger.database(), "SELECT connection || ' ' || scope FROM approved_pair ORDER BY user"),
              ::testing::ElementsAre("c1 connection", " pair"));
}

TEST(ApprovalRecordsTest, IsPartOfTheAuditTrail) {
  auto ledger = *Ledger::OpenInMemory();
  ASSERT_TRUE(
      WriteApproval(ledger.database(), {.plan_id = "plan-1", .by = "carol", .reason = "planned"}, HeldPlan()).ok());
  EXPECT_EQ(*VerifyAudit(ledger.database()), 1);
  std::string json;
  ASSERT_TRUE(ExportAudit(ledger.database(), {.outcome = "approved"}, [&](int64_t, const std::string& text) {
                json = text;
              }).ok());
  const auto record = ParseAuditRecord(json);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->by, "carol");
  EXPECT_EQ(record->plan_id, "plan-1");
  EXPECT_EQ(record->message, "2 pairs: planned");
}

TEST(ApprovalRecordsTest, IsWrittenWholeOrNotAtAll) {
  auto ledger = *Ledger::OpenInMemory();
  ASSERT_TRUE(ledger.database().Execute("DROP TABLE audit").ok());  // the last step fails
  EXPECT_FALSE(WriteApproval(ledger.database(), {.plan_id = "plan-1", .by = "carol"}, HeldPlan()).ok());
  EXPECT_THAT(*ReadApprovals(ledger.database(), 10), SizeIs(0));
  EXPECT_THAT(Texts(ledger.database(), "SELECT user FROM approved_pair"), SizeIs(0));
}

}  // namespace
}  // namespace idlewarden::agent
