#include "agent/ledger/audit_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

// Beside an agent: something is done to the file, by another connection, whenever the records are about to be read.
class AuditChainBesideAnAgentTest : public ::testing::Test {
 protected:
  AuditChainBesideAnAgentTest() : path_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/beside.db")) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
    agent_.emplace(*Ledger::Open(path_));
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(AppendAudit(agent_->database(), Record(i)).ok());
    instance_ = this;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Watch));
  }
  ~AuditChainBesideAnAgentTest() override { sqlite3_reset_auto_extension(); }

  absl::StatusOr<int64_t> VerifyWhile(std::function<void(Database&)> act) {
    absl::StatusOr<Database> reader = Database::Open(path_, Database::Access::kReadOnly);
    if (!reader.ok()) return reader.status();
    act_ = std::move(act);
    return VerifyAudit(*reader, &head_);
  }

  std::optional<Ledger> agent_;
  AuditHead head_;
  int acted_ = 0;

 private:
  // For each connection that is opened from now on.
  static int Watch(sqlite3* connection, char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, &OnStatement, nullptr);
  }
  static int OnStatement(unsigned, void*, void*, void* sql) {
    if (absl::StrContains(static_cast<const char*>(sql), "FROM audit ORDER BY seq")) {
      instance_->act_(instance_->agent_->database());
      ++instance_->acted_;
    }
    return 0;
  }

  static inline AuditChainBesideAnAgentTest* instance_ = nullptr;
  const std::string path_;
  std::function<void(Database&)> act_;
};

TEST_F(AuditChainBesideAnAgentTest, ARecordThatIsAppendedMeanwhileIsNoDamage) {
  auto count = VerifyWhile([](Database& database) { ASSERT_TRUE(AppendAudit(database, Record(10)).ok()); });
  EXPECT_EQ(acted_, 1);
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(*count, 10);
  EXPECT_EQ(head_.seq, 10);  // of the same moment
  EXPECT_EQ(ReadAuditHead(agent_->database())->seq, 11);
}

TEST_F(AuditChainBesideAnAgentTest, PruningMeanwhileIsNoDamage) {
  auto count = VerifyWhile([](Database& database) { ASSERT_EQ(*PruneAudit(database, kStart + absl::Seconds(4)), 4); });
  EXPECT_EQ(acted_, 1);
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(*count, 10);
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
