#include "agent/ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/ledger/schema.h"

namespace idlewarden::agent {
namespace {

using ::testing::HasSubstr;

AuditRecord Record(absl::string_view user, absl::string_view outcome = "") {
  return {.time = absl::FromUnixSeconds(1'800'000'000),
          .server = "fs01",
          .client = "10.0.0.5",
          .user = std::string(user),
          .outcome = std::string(outcome)};
}

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest()
      : path_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/", ::testing::UnitTest::GetInstance()->random_seed(),
                           ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".db")) {
    std::filesystem::remove(path_);
  }
  Ledger MustOpen() {
    auto ledger = Ledger::Open(path_);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return *std::move(ledger);
  }
  std::string path_;
};

TEST_F(LedgerTest, AnIntentWithoutOutcomeIsFoundAfterReopening) {
  {
    Ledger ledger = MustOpen();
    auto done = ledger.WriteIntent(Record("alice"));
    ASSERT_TRUE(ledger.WriteIntent(Record("bob")).ok());
    ASSERT_TRUE(ledger.WriteOutcome(*done, Record("alice", "closed")).ok());
  }
  Ledger ledger = MustOpen();
  auto open = ledger.OpenIntents();
  ASSERT_TRUE(open.ok()) << open.status();
  ASSERT_EQ(open->size(), 1);
  EXPECT_EQ((*open)[0].record.user, "bob");
  EXPECT_EQ(*VerifyAudit(ledger.database()), 1);
}

TEST_F(LedgerTest, AnOutcomeIsWrittenOnce) {
  Ledger ledger = MustOpen();
  auto intent = ledger.WriteIntent(Record("alice"));
  ASSERT_TRUE(ledger.WriteOutcome(*intent, Record("alice", "closed")).ok());
  EXPECT_EQ(ledger.WriteOutcome(*intent, Record("alice", "survived")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*VerifyAudit(ledger.database()), 1);
}

TEST_F(LedgerTest, IntentIdsAreNeverUsedAgain) {
  Ledger ledger = MustOpen();
  auto first = ledger.WriteIntent(Record("alice"));
  ASSERT_TRUE(ledger.WriteOutcome(*first, Record("alice", "closed")).ok());
  EXPECT_NE(*ledger.WriteIntent(Record("alice")), *first);
}

TEST_F(LedgerTest, WhatWasSentIsKnownAfterReopening) {
  const absl::Time sent_at = absl::FromUnixSeconds(1'800'000'060);
  {
    Ledger ledger = MustOpen();
    ASSERT_TRUE(ledger.WriteIntent(Record("alice")).ok());
    auto bob = ledger.WriteIntent(Record("bob"));
    AuditRecord looked = Record("bob");
    looked.sessions = {{.user = "bob", .age_seconds = 7200}};
    ASSERT_TRUE(ledger.MarkSent(*bob, sent_at, looked).ok());
  }
  Ledger ledger = MustOpen();
  auto open = ledger.OpenIntents();
  ASSERT_TRUE(open.ok()) << open.status();
  ASSERT_EQ(open->size(), 2);
  EXPECT_FALSE((*open)[0].sent_at.has_value());
  EXPECT_EQ((*open)[1].sent_at, sent_at);
  ASSERT_EQ((*open)[1].record.sessions.size(), 1);
  EXPECT_EQ((*open)[1].record.sessions[0].age_seconds, 7200);
}

TEST_F(LedgerTest, WhatHasItsOutcomeIsNotMarkedSent) {
  Ledger ledger = MustOpen();
  auto intent = ledger.WriteIntent(Record("alice"));
  ASSERT_TRUE(ledger.WriteOutcome(*intent, Record("alice", "expired")).ok());
  EXPECT_EQ(ledger.MarkSent(*intent, absl::FromUnixSeconds(1'800'000'060), Record("alice")).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(LedgerTest, AnOpenIntentOfTheFirstVersionMayHaveBeenSent) {
  {
    auto database = Database::Open(path_);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE(MigrateLedger(*database, 1).ok());
    auto insert = database->Prepare(
        "INSERT INTO intent (time_us, server, client, user, body) VALUES (1800000000000000, 'fs01', 'c', 'alice', ?)");
    ASSERT_TRUE(insert.ok()) << insert.status();
    ASSERT_TRUE(insert->Bind(AuditRecordJson(Record("alice"))).Run().ok());
  }
  Ledger ledger = MustOpen();
  auto open = ledger.OpenIntents();
  ASSERT_TRUE(open.ok()) << open.status();
  ASSERT_EQ(open->size(), 1);
  EXPECT_EQ((*open)[0].sent_at, absl::FromUnixSeconds(1'800'000'000));
}

int64_t Synchronous(Ledger& ledger) {
  auto query = ledger.database().Prepare("PRAGMA synchronous");
  EXPECT_TRUE(query->Step().ok());
  return query->Integer(0);
}

TEST_F(LedgerTest, WaitsForTheDiskAgainAfterWritingWithoutWaiting) {
  constexpr int64_t kNormal = 1;
  constexpr int64_t kFull = 2;
  Ledger ledger = MustOpen();
  EXPECT_EQ(Synchronous(ledger), kFull);
  const absl::Status failed = ledger.database().WithoutWaiting([&]() -> absl::Status {
    EXPECT_EQ(Synchronous(ledger), kNormal);
    return absl::DataLossError("broken");
  });
  EXPECT_EQ(failed.message(), "broken");
  EXPECT_EQ(Synchronous(ledger), kFull);
  auto intent = ledger.WriteIntent(Record("alice"));
  ASSERT_TRUE(ledger.WriteOutcome(*intent, Record("alice", "closed")).ok());
  EXPECT_EQ(Synchronous(ledger), kFull);
}

TEST_F(LedgerTest, ANewerSchemaIsRefused) {
  {
    Ledger ledger = MustOpen();
    ASSERT_TRUE(ledger.database().Execute(absl::StrCat("PRAGMA user_version = ", LedgerSchemaVersion() + 1)).ok());
  }
  auto reopened = Ledger::Open(path_);
  EXPECT_EQ(reopened.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(reopened.status().message()), HasSubstr("newer idlewarden"));
}

TEST_F(LedgerTest, AFileThatIsNoLedgerIsRefused) {
  ASSERT_EQ(std::system(absl::StrCat("echo this is not a database at all > ", path_).c_str()), 0);
  EXPECT_EQ(Ledger::Open(path_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LedgerTest, AFullDiskIsReportedAndRecovers) {
  Ledger ledger = MustOpen();
  // SQLite's own page limit stands in for the disk.
  ASSERT_TRUE(ledger.database().Execute("PRAGMA max_page_count = 1").ok());
  absl::Status full;
  for (int i = 0; i < 1000 && full.ok(); ++i) full = ledger.WriteIntent(Record(std::string(1000, 'x'))).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
  ASSERT_TRUE(ledger.database().Execute("PRAGMA max_page_count = 1000000").ok());
  EXPECT_TRUE(ledger.WriteIntent(Record("alice")).ok());
}

}  // namespace
}  // namespace idlewarden::agent
