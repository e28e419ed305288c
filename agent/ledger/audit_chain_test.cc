#include "agent/ledger/audit_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

AuditRecord Record(int i) {
  return {.time = kStart + absl::Seconds(i),
          .agent = "ams-1",
          .server = i % 2 == 0 ? "fs01" : "fs02",
          .client = "10.0.0.5",
          .user = "alice \"the\" \\ ü",
          .sessions = {{.user = "alice", .idle_seconds = 1900, .age_seconds = std::nullopt, .open_files = 0}},
          .rule = "kiosks",
          .required = "idle >= 15m",
          .mode = "enforce",
          .windows_error = 5,
          .outcome = i % 3 == 0 ? "closed" : "denied",
          .duration = absl::Milliseconds(12)};
}

class AuditChainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto ledger = Ledger::OpenInMemory();
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    ledger_.emplace(*std::move(ledger));
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(AppendAudit(db(), Record(i)).ok());
  }
  Database& db() { return ledger_->database(); }
  void Run(const std::string& sql) { ASSERT_TRUE(db().Execute(sql).ok()) << sql; }
  std::string Finding() { return std::string(VerifyAudit(db()).status().message()); }

  std::optional<Ledger> ledger_;
};

TEST_F(AuditChainTest, AnUntouchedChainVerifies) {
  auto count = VerifyAudit(db());
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(*count, 10);
  EXPECT_EQ(ReadAuditHead(db())->seq, 10);
}

TEST_F(AuditChainTest, AChangedRecordIsNamed) {
  Run("UPDATE audit SET body = replace(body, 'alice', 'bob') WHERE seq = 4");
  EXPECT_THAT(Finding(), HasSubstr("audit record 4 was changed"));
}

TEST_F(AuditChainTest, ARemovedRecordIsNamed) {
  Run("DELETE FROM audit WHERE seq = 7");
  EXPECT_THAT(Finding(), HasSubstr("audit record 7 is missing"));
}

TEST_F(AuditChainTest, ACutOffEndIsNamed) {
  Run("DELETE FROM audit WHERE seq >= 9");
  EXPECT_THAT(Finding(), HasSubstr("audit record 9 is missing"));
}

TEST_F(AuditChainTest, ReorderedRecordsAreNamed) {
  Run("UPDATE audit SET seq = 100 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4;"
      "UPDATE audit SET seq = 4 WHERE seq = 100");
  EXPECT_THAT(Finding(), HasSubstr("audit record 3 was changed or moved"));
}

TEST_F(AuditChainTest, PruningKeepsTheRestVerifiable) {
  auto removed = PruneAudit(db(), kStart + absl::Seconds(4));
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(*removed, 4);
  EXPECT_EQ(*VerifyAudit(db()), 6);
  ASSERT_TRUE(AppendAudit(db(), Record(10)).ok());
  EXPECT_EQ(*VerifyAudit(db()), 7);
}

TEST_F(AuditChainTest, PruningAllKeepsTheChainGoing) {
  EXPECT_EQ(*PruneAudit(db(), absl::InfiniteFuture() - absl::Hours(1)), 10);
  EXPECT_EQ(*VerifyAudit(db()), 0);
  ASSERT_TRUE(AppendAudit(db(), Record(11)).ok());
  EXPECT_EQ(*VerifyAudit(db()), 1);
  EXPECT_EQ(ReadAuditHead(db())->seq, 11);
}

TEST_F(AuditChainTest, PruningNothingRemovesNothing) {
  EXPECT_EQ(*PruneAudit(db(), kStart), 0);
  EXPECT_EQ(*VerifyAudit(db()), 10);
}

TEST_F(AuditChainTest, ExportSelects) {
  std::vector<int64_t> seqs;
  AuditFilter filter;
  filter.server = "fs01";
  filter.outcome = "closed";
  filter.since = kStart + absl::Seconds(1);
  filter.until = kStart + absl::Seconds(9);
  ASSERT_TRUE(ExportAudit(db(), filter, [&](int64_t seq, const std::string&) { seqs.push_back(seq); }).ok());
  EXPECT_THAT(seqs, ElementsAre(7));  // the record of second 6
}

TEST(AuditRecordTest, SurvivesTheRoundTrip) {
  const AuditRecord record = Record(3);
  auto read = ParseAuditRecord(AuditRecordJson(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(AuditRecordJson(*read), AuditRecordJson(record));
  EXPECT_EQ(read->user, record.user);
  EXPECT_EQ(read->sessions[0].idle_seconds, 1900);
  EXPECT_EQ(read->sessions[0].age_seconds, std::nullopt);
}

TEST(AuditRecordTest, RefusesWhatIsNoRecord) {
  EXPECT_FALSE(ParseAuditRecord("[]").ok());
  EXPECT_FALSE(ParseAuditRecord("{}").ok());
  EXPECT_FALSE(ParseAuditRecord("{\"time_us\": 1").ok());
}

}  // namespace
}  // namespace idlewarden::agent
