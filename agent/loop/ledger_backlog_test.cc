#include "agent/overrides/ledger_backlog.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/ledger/audit_chain.h"
#include "agent/ledger/audit_record.h"
#include "agent/ledger/pause_record.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/overrides/hold.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class LedgerBacklogTest : public ::testing::Test {
 protected:
  absl::Status Write(const std::string& what) {
    return backlog_.Write({.what = what,
                           .write =
                               [this, what] {
                                 ++tries_;
                                 if (full_) return absl::ResourceExhaustedError("the disk is full");
                                 written_.push_back(what);
                                 return absl::OkStatus();
                               },
                           .written_late = [this, what] { late_.push_back(what); }});
  }

  SimulatedEventLoop loop_;
  LedgerBacklog backlog_{loop_};
  bool full_ = false;
  int tries_ = 0;
  std::vector<std::string> written_;
  std::vector<std::string> late_;
};

TEST_F(LedgerBacklogTest, WhatCanBeWrittenDoesNotWait) {
  EXPECT_TRUE(Write("pause").ok());
  EXPECT_THAT(written_, ElementsAre("pause"));
  EXPECT_THAT(late_, IsEmpty());
  EXPECT_TRUE(backlog_.empty());
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(tries_, 1);
}

TEST_F(LedgerBacklogTest, WhatWaitsIsWrittenInItsOrderWithinASecond) {
  full_ = true;
  EXPECT_EQ(Write("pause").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(Write("resume").ok());
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_FALSE(backlog_.empty());
  EXPECT_LE(tries_, 65);  // one of them a second
  full_ = false;
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(written_, ElementsAre("pause", "resume"));
  EXPECT_THAT(late_, ElementsAre("pause", "resume"));
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_THAT(written_, SizeIs(2));
}

TEST_F(LedgerBacklogTest, AWallClockThatIsSetNeitherDelaysATryNorMakesMany) {
  loop_.SetWallClock(absl::Hours(6));
  full_ = true;
  EXPECT_FALSE(Write("pause").ok());
  loop_.SetWallClock(-absl::Hours(12));
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_LE(tries_, 11);
  full_ = false;
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(written_, ElementsAre("pause"));
}

TEST_F(LedgerBacklogTest, ALaterActDoesNotOvertake) {
  full_ = true;
  EXPECT_FALSE(Write("first").ok());
  full_ = false;
  EXPECT_TRUE(Write("second").ok());
  EXPECT_THAT(written_, ElementsAre("first", "second"));
  EXPECT_THAT(late_, ElementsAre("first"));
}

TEST_F(LedgerBacklogTest, TooManyAreToldToBeLost) {
  full_ = true;
  for (size_t i = 0; i < LedgerBacklog::kMost; ++i) ASSERT_FALSE(Write(absl::StrCat(i)).ok());
  EXPECT_THAT(std::string(Write("one more").message()), HasSubstr("lost"));
  full_ = false;
  EXPECT_TRUE(backlog_.WriteWaiting().ok());
  EXPECT_THAT(written_, SizeIs(LedgerBacklog::kMost));
}

// On the whole agent below the control plane.
class ActsWithoutLedgerTest : public ::testing::Test {
 protected:
  ActsWithoutLedgerTest() {
    fixture_.policy = "version: 1\nrules:\n  - {name: kiosks, when: {idle: 30m}, mode: enforce}\n";
    fixture_.Start();
  }
  void SetWritable(bool writable) {
    ASSERT_TRUE(
        fixture_.ledger().database().Execute(absl::StrCat("PRAGMA query_only = ", writable ? "OFF" : "ON")).ok());
  }
  std::vector<std::string> Outcomes() {
    std::vector<std::string> outcomes;
    EXPECT_TRUE(ExportAudit(fixture_.ledger().database(), {}, [&](int64_t, const std::string& json) {
                  outcomes.push_back(ParseAuditRecord(json)->outcome);
                }).ok());
    return outcomes;
  }

  SimulatedEventLoop loop_;
  AgentFixture fixture_{loop_};
};

TEST_F(ActsWithoutLedgerTest, APauseHoldsSaysThatItIsNotRecordedAndIsRecordedLater) {
  SetWritable(false);
  ASSERT_TRUE(fixture_.agent().overrides().Pause({.by = "carol", .reason = "maintenance"}).ok());
  const absl::Time paused_at = loop_.Now();
  EXPECT_THAT(fixture_.view()->warnings, Contains(HasSubstr("a restart would end this")));
  loop_.AdvanceBy(absl::Minutes(10));
  EXPECT_NE(FindHold(fixture_.view()->overrides.holds, HoldCause::kPaused), nullptr);
  SetWritable(true);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(fixture_.view()->warnings, Not(Contains(HasSubstr("a restart would end this"))));
  const auto pause = *ReadPause(fixture_.ledger().database());
  ASSERT_TRUE(pause.has_value());
  EXPECT_EQ(pause->since, paused_at);
  EXPECT_EQ(pause->by, "carol");
  EXPECT_THAT(Outcomes(), ElementsAre("paused"));
  fixture_.Restart();
  EXPECT_NE(FindHold(fixture_.view()->overrides.holds, HoldCause::kPaused), nullptr);
}

TEST_F(ActsWithoutLedgerTest, ARestartedAgentIsNotPausedByAPauseThatHasEnded) {
  ASSERT_TRUE(fixture_.agent().overrides().Pause({.by = "carol"}).ok());
  SetWritable(false);
  ASSERT_TRUE(fixture_.agent().overrides().Resume({.by = "dave"}).ok());
  loop_.AdvanceBy(absl::Minutes(1));
  SetWritable(true);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(Outcomes(), ElementsAre("paused", "resumed"));
  EXPECT_FALSE((*ReadPause(fixture_.ledger().database())).has_value());
}

TEST_F(ActsWithoutLedgerTest, ThePoliciesThatWereInForceAreRecordedLater) {
  SetWritable(false);
  for (const char* more : {"# second\n", "# third\n"}) {
    fixture_.policy += more;
    ASSERT_TRUE(fixture_.agent().Reload("file").taken);
    ASSERT_TRUE(fixture_.agent().Reload("signal").taken);  // the same once more does not wait as well
    loop_.AdvanceBy(absl::Minutes(1));
  }
  EXPECT_THAT(Outcomes(), IsEmpty());
  SetWritable(true);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(Outcomes(), ElementsAre("policy-loaded", "policy-loaded"));
}

}  // namespace
}  // namespace idlewarden::agent
