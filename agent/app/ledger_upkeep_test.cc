#include "agent/app/ledger_upkeep.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/testing/file_size_limit.h"
#include "agent/log/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LedgerUpkeepTest : public ::testing::Test {
 protected:
  LedgerUpkeepTest()
      : folder_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/",
                             ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ledger_.emplace(*Ledger::Open(folder_ + "/ledger.db"));
    journal_.emplace(*ledger_, "ams-1", loop_);
  }

  void Start(LedgerUpkeepOptions options = {}) {
    upkeep_.emplace(loop_, *ledger_, *journal_, options, [this](const absl::Status& writable) {
      told_.push_back(writable.ok() ? "writable" : std::string(writable.message()));
    });
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }

  const std::string folder_;
  SimulatedEventLoop loop_;
  std::optional<Ledger> ledger_;
  std::optional<LedgerJournal> journal_;
  std::optional<LedgerUpkeep> upkeep_;
  std::vector<std::string> told_;
};

TEST_F(LedgerUpkeepTest, AFullDiskIsToldAndEndsByItself) {
  Start();
  EXPECT_THAT(told_, ElementsAre("writable"));
  Run(absl::Minutes(1));
  EXPECT_THAT(told_, SizeIs(1));
  {
    FileSizeLimit full(1);
    Run(absl::Seconds(6));
    ASSERT_THAT(told_, SizeIs(2));
    EXPECT_THAT(told_[1], HasSubstr("ledger"));
  }
  Run(absl::Seconds(1));
  ASSERT_THAT(told_, SizeIs(3));
  EXPECT_EQ(told_[2], "writable");
}

TEST_F(LedgerUpkeepTest, AReadOnlyLedgerIsToldAndEndsByItself) {
  Start();
  ASSERT_TRUE(ledger_->database().Execute("PRAGMA query_only = ON").ok());
  Run(absl::Seconds(6));
  ASSERT_THAT(told_, SizeIs(2));
  ASSERT_TRUE(ledger_->database().Execute("PRAGMA query_only = OFF").ok());
  Run(absl::Seconds(1));
  EXPECT_EQ(told_.back(), "writable");
}

TEST_F(LedgerUpkeepTest, WhatTheJournalCouldNotWriteIsToldWithinASecondAndWrittenLater) {
  Start();
  const auto intent = journal_->WriteIntent({.server = "fs01", .client = "10.0.0.1", .user = "alice"});
  ASSERT_TRUE(intent.ok());
  ASSERT_TRUE(ledger_->database().Execute("PRAGMA query_only = ON").ok());
  journal_->WriteOutcome({.intent_id = *intent, .at = loop_.SteadyNow(), .outcome = Outcome::kClosed});
  Run(absl::Seconds(1));
  ASSERT_THAT(told_, SizeIs(2));
  ASSERT_TRUE(ledger_->database().Execute("PRAGMA query_only = OFF").ok());
  Run(absl::Seconds(1));
  EXPECT_EQ(told_.back(), "writable");
  EXPECT_THAT(*ledger_->OpenIntents(), IsEmpty());
  EXPECT_EQ(*VerifyAudit(ledger_->database()), 1);
}

TEST_F(LedgerUpkeepTest, OldRecordsAreRemovedAndTheChainStillHolds) {
  ASSERT_TRUE(ledger_->WriteRefusal({.time = loop_.Now(), .user = "old", .outcome = "held"}).ok());
  ASSERT_TRUE(ledger_->WriteRefusal({.time = loop_.Now() + absl::Hours(1), .user = "new", .outcome = "held"}).ok());
  Start({.retention = absl::Minutes(90)});
  Run(absl::Minutes(70));
  EXPECT_EQ(*VerifyAudit(ledger_->database()), 2);
  Run(absl::Hours(1));
  EXPECT_EQ(*VerifyAudit(ledger_->database()), 1);
  Run(absl::Hours(1));
  EXPECT_EQ(*VerifyAudit(ledger_->database()), 0);
  ASSERT_TRUE(ledger_->WriteRefusal({.time = loop_.Now(), .user = "next", .outcome = "held"}).ok());
  EXPECT_EQ(*VerifyAudit(ledger_->database()), 1);
}

TEST_F(LedgerUpkeepTest, LinesFollowWithinASecond) {
  const std::string path = folder_ + "/audit.jsonl";
  Start({.json_lines = path});
  ASSERT_TRUE(ledger_->WriteRefusal({.time = loop_.Now(), .user = "alice", .outcome = "held"}).ok());
  Run(absl::Seconds(1));
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(text, HasSubstr("\"user\":\"alice\""));
}

TEST_F(LedgerUpkeepTest, LinesThatCannotBeWrittenAreLoggedAndStopNothing) {
  std::vector<std::string> events;
  ScopedLogSink sink([&](const LogRecord& record) { events.push_back(record.event); });
  const std::string path = folder_ + "/none/audit.jsonl";
  Start({.json_lines = path});
  ASSERT_TRUE(ledger_->WriteRefusal({.time = loop_.Now(), .user = "alice", .outcome = "held"}).ok());
  Run(absl::Seconds(10));
  EXPECT_THAT(events, ElementsAre("audit-lines-not-written"));
  std::filesystem::create_directory(folder_ + "/none");
  Run(absl::Seconds(1));
  EXPECT_THAT(events, ElementsAre("audit-lines-not-written", "audit-lines-written"));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_THAT(told_, ElementsAre("writable"));
}

}  // namespace
}  // namespace idlewarden::agent
