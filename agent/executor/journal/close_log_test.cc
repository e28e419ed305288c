#include "agent/executor/journal/close_log.h"

#include <string>
#include <utility>
#include <vector>

#include "agent/clock/simulated_event_loop.h"
#include "agent/executor/journal/journal.h"
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

class CloseLogTest : public ::testing::Test {
 protected:
  std::vector<LogRecord> records_;
  ScopedLogSink sink_{[this](const LogRecord& record) { records_.push_back(record); }};
  CloseLog log_;
};

TEST_F(CloseLogTest, AnIntentNamesPairReasonAndValues) {
  log_.OnIntent(7, Intent());
  ASSERT_EQ(records_.size(), 1u);
  EXPECT_EQ(records_[0].event, "close-intent");
  EXPECT_EQ(records_[0].Field("user"), "alice");
  EXPECT_EQ(records_[0].Field("idle_seconds"), "1900");
  EXPECT_EQ(records_[0].Field("age_seconds"), "unknown");
  EXPECT_EQ(records_[0].Field("required"), "idle at least 30m");
  EXPECT_EQ(records_[0].Field("plan"), "p1");
  EXPECT_EQ(records_[0].Field("policy"), "h1");
}

TEST_F(CloseLogTest, AnOutcomeNamesTheWindowsError) {
  log_.OnIntent(7, Intent());
  log_.OnOutcome({.intent_id = 7,
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

TEST(RecentClosesTest, KeepsTheNewestWithTheirWallClockTimes) {
  SimulatedEventLoop loop;
  RecentCloses recent(loop, 3);
  for (int i = 1; i <= 5; ++i) {
    recent.OnOutcome({.intent_id = i, .at = loop.SteadyNow(), .intent = Intent()});
    loop.AdvanceBy(absl::Seconds(1));
  }
  const std::vector<RecentClose> newest = recent.newest_first();
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_EQ(newest[0].close.intent_id, 5);
  EXPECT_EQ(newest[0].at, loop.Now() - absl::Seconds(1));
  EXPECT_EQ(newest[2].close.intent_id, 3);
}

// Notes what it is told, and in which order beside the others.
class NotingObserver : public CloseObserver {
 public:
  NotingObserver(std::string name, std::vector<std::string>& told) : name_(std::move(name)), told_(told) {}
  void OnIntent(int64_t, const CloseIntent&) override { told_.push_back(name_ + " intent"); }
  void OnOutcome(const CloseOutcome&) override { told_.push_back(name_ + " outcome"); }

 private:
  const std::string name_;
  std::vector<std::string>& told_;
};

// Takes intents while it may.
class SwitchedJournal : public Journal {
 public:
  explicit SwitchedJournal(std::vector<std::string>& told) : told_(told) {}
  absl::StatusOr<int64_t> WriteIntent(const CloseIntent&) override {
    if (!writable) return absl::UnavailableError("disk full");
    told_.push_back("journal intent");
    return 1;
  }
  absl::Status WriteSent(int64_t, const CloseIntent&, SteadyTime) override { return absl::OkStatus(); }
  void WriteOutcome(const CloseOutcome&) override { told_.push_back("journal outcome"); }

  bool writable = true;

 private:
  std::vector<std::string>& told_;
};

TEST(CloseRecorderTest, TheJournalComesFirstAndWhatItRefusesNobodyHearsOf) {
  std::vector<std::string> told;
  SwitchedJournal journal(told);
  NotingObserver first("first", told);
  NotingObserver second("second", told);
  CloseRecorder recorder(journal);
  recorder.Add(first);
  recorder.Add(second);
  journal.writable = false;
  EXPECT_FALSE(recorder.RecordIntent(Intent()).ok());
  EXPECT_THAT(told, ::testing::IsEmpty());
  journal.writable = true;
  EXPECT_EQ(*recorder.RecordIntent(Intent()), 1);
  recorder.RecordOutcome({.intent = Intent()});
  EXPECT_THAT(told, ::testing::ElementsAre("journal intent", "first intent", "second intent", "journal outcome",
                                           "first outcome", "second outcome"));
}

TEST(OutcomeNameTest, IsTheWordOfLogAndMetrics) {
  EXPECT_EQ(OutcomeName(Outcome::kGoneAlready), "gone-already");
  EXPECT_EQ(OutcomeName(Outcome::kBecameActive), "became-active");
  EXPECT_EQ(OutcomeName(Outcome::kWithdrawn), "withdrawn");
}

}  // namespace
}  // namespace idlewarden::agent
