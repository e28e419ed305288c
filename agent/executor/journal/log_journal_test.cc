#include "agent/executor/journal/log_journal.h"

#include "agent/executor/journal/recent_closes.h"
#include "agent/log/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

CloseIntent Intent() {
  policy::Session session;
  session.client = "10.0.0.5";
  session.user = "alice";
  session.idle_seconds = 1900;
  return {.server = "fs01",
          .client = "\\\\10.0.0.5",
          .user = "alice",
          .sessions = {session},
          .rule = "kiosks",
          .required = "idle at least 30m",
          .plan_id = "p1",
          .policy_hash = "h1"};
}

class LogJournalTest : public ::testing::Test {
 protected:
  std::vector<LogRecord> records_;
  ScopedLogSink sink_{[this](const LogRecord& record) { records_.push_back(record); }};
  LogJournal journal_;
};

TEST_F(LogJournalTest, AnIntentNamesPairReasonAndValues) {
  ASSERT_TRUE(journal_.WriteIntent(Intent()).ok());
  ASSERT_EQ(records_.size(), 1u);
  EXPECT_EQ(records_[0].event, "close-intent");
  EXPECT_EQ(records_[0].Field("user"), "alice");
  EXPECT_EQ(records_[0].Field("idle_seconds"), "1900");
  EXPECT_EQ(records_[0].Field("age_seconds"), "unknown");
  EXPECT_EQ(records_[0].Field("required"), "idle at least 30m");
  EXPECT_EQ(records_[0].Field("plan"), "p1");
  EXPECT_EQ(records_[0].Field("policy"), "h1");
}

TEST_F(LogJournalTest, AnOutcomeNamesTheWindowsError) {
  const int64_t id = *journal_.WriteIntent(Intent());
  journal_.WriteOutcome({.intent_id = id,
                         .outcome = Outcome::kDenied,
                         .windows_error = 5,
                         .cause = "access-denied",
                         .message = "no rights",
                         .duration = absl::Milliseconds(1500),
                         .intent = Intent()});
  ASSERT_EQ(records_.size(), 2u);
  EXPECT_EQ(records_[1].level, LogLevel::kWarning);
  EXPECT_EQ(records_[1].Field("outcome"), "denied");
  EXPECT_EQ(records_[1].Field("windows_error"), "5");
  EXPECT_EQ(records_[1].Field("windows_error_name"), "ERROR_ACCESS_DENIED");
  EXPECT_EQ(records_[1].Field("intent"), records_[0].Field("intent"));
  EXPECT_EQ(records_[1].Field("took"), "1.5s");
}

TEST_F(LogJournalTest, RecentClosesKeepsTheNewest) {
  RecentCloses recent(journal_, 3);
  for (int i = 1; i <= 5; ++i) recent.WriteOutcome({.intent_id = i, .intent = Intent()});
  const std::vector<CloseOutcome> newest = recent.newest_first();
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_EQ(newest[0].intent_id, 5);
  EXPECT_EQ(newest[2].intent_id, 3);
  EXPECT_EQ(records_.size(), 5u);  // all passed on
}

TEST(OutcomeNameTest, IsTheWordOfLogAndMetrics) {
  EXPECT_EQ(OutcomeName(Outcome::kGoneAlready), "gone-already");
  EXPECT_EQ(OutcomeName(Outcome::kBecameActive), "became-active");
}

}  // namespace
}  // namespace idlewarden::agent
