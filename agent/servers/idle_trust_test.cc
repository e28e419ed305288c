#include "agent/servers/idle_trust.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::Session;

struct Row {
  std::optional<int64_t> idle;
  std::optional<int64_t> age;
  std::string user = "";  // empty: made up by position
};

Enumeration Rows(const std::vector<Row>& rows, int level = 502) {
  Enumeration enumeration;
  enumeration.level = level;
  for (size_t i = 0; i < rows.size(); ++i) {
    Session session;
    session.client = absl::StrCat("10.0.0.", i);
    session.user = rows[i].user.empty() ? absl::StrCat("user", i) : rows[i].user;
    session.idle_seconds = rows[i].idle;
    session.age_seconds = rows[i].age;
    enumeration.sessions.push_back(session);
  }
  return enumeration;
}

class IdleTrustTest : public testing::Test {
 protected:
  // Judges `enumeration` and keeps what is left of it in `last_`.
  IdleTrust Judge(Enumeration enumeration) {
    last_ = std::move(enumeration);
    return judge_.Judge(&last_, now_);
  }
  std::optional<int64_t> Idle(size_t row) const { return last_.sessions[row].idle_seconds; }
  void Pass(int64_t seconds) { now_ += absl::Seconds(seconds); }

  IdleTrustJudge judge_;
  Enumeration last_;
  SteadyTime now_ = SteadyTime::AfterOrigin(absl::Hours(100));
};

TEST_F(IdleTrustTest, NothingIsTrustedBeforeAnEnumeration) {
  EXPECT_EQ(judge_.trust(), IdleTrust::kNone);
  EXPECT_FALSE(judge_.explanation().empty());
}

TEST_F(IdleTrustTest, OneIdleTimeWithinTheAgeIsProof) {
  EXPECT_EQ(Judge(Rows({{0, 1000}, {30, 31}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(0), 0);
  EXPECT_EQ(Idle(1), 30);
  EXPECT_EQ(judge_.explanation(), "");
}

TEST_F(IdleTrustTest, AllZeroOnOldSessionsIsNone) {
  EXPECT_EQ(Judge(Rows({{0, 5000}, {0, 9000}, {0, 7000}})), IdleTrust::kNone);
  EXPECT_EQ(Idle(0), std::nullopt);
  EXPECT_NE(judge_.explanation().find("all idle times are 0"), std::string::npos);
}

TEST_F(IdleTrustTest, AllZeroOnYoungSessionsProvesNothing) {
  EXPECT_EQ(Judge(Rows({{0, 5}, {0, 9}})), IdleTrust::kNone);
  EXPECT_EQ(Judge(Rows({})), IdleTrust::kNone);
  EXPECT_EQ(Judge(Rows({{7, 12}})), IdleTrust::kReported);
}

TEST_F(IdleTrustTest, ProofLastsThroughQuietEnumerations) {
  EXPECT_EQ(Judge(Rows({{30, 40}})), IdleTrust::kReported);
  EXPECT_EQ(Judge(Rows({})), IdleTrust::kReported);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Judge(Rows({{0, 5000}})), IdleTrust::kReported) << "one busy user";
}

TEST_F(IdleTrustTest, ProofEndsWithZerosThatLast) {
  const std::vector<Row> zeros = {{0, 5000}, {0, 9000}, {0, 7000}};
  EXPECT_EQ(Judge(Rows({{30, 40}})), IdleTrust::kReported);
  EXPECT_EQ(Judge(Rows(zeros)), IdleTrust::kReported) << "three busy users for a moment";
  EXPECT_EQ(Judge(Rows(zeros)), IdleTrust::kReported);
  EXPECT_EQ(Judge(Rows(zeros)), IdleTrust::kNone);
  EXPECT_EQ(Judge(Rows({{0, 5000}, {20, 9000}, {0, 7000}})), IdleTrust::kReported);
}

TEST_F(IdleTrustTest, ProofEndsWithZerosOnManySessions) {
  EXPECT_EQ(Judge(Rows({{30, 40}})), IdleTrust::kReported);
  EXPECT_EQ(Judge(Rows(std::vector<Row>(10, Row{0, 5000}))), IdleTrust::kNone);
}

TEST_F(IdleTrustTest, ALateAnswerIsNoJump) {
  EXPECT_EQ(Judge(Rows({{30, 9000}, {60, 9000}})), IdleTrust::kReported);
  Pass(10);  // the first answer was judged 10 s late
  EXPECT_EQ(Judge(Rows({{50, 9020}, {80, 9020}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(0), 50);
}

TEST_F(IdleTrustTest, ServersThatCannotReport) {
  Enumeration samba = Rows({{30, 40}}, 1);
  samba.reports_idle = false;
  EXPECT_EQ(Judge(samba), IdleTrust::kNone);
  EXPECT_EQ(Idle(0), std::nullopt);
  EXPECT_EQ(Judge(Rows({{30, 40}}, 0)), IdleTrust::kNone);
}

TEST_F(IdleTrustTest, IdleAboveTheAgeIsUnknown) {
  EXPECT_EQ(Judge(Rows({{30, 40}, {42, 40}, {43, 40}, {10, 40}, {10, 40}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(1), 42) << "whole seconds may be rounded";
  EXPECT_EQ(Idle(2), std::nullopt);
}

TEST_F(IdleTrustTest, AbsurdValuesAreUnknown) {
  EXPECT_EQ(Judge(Rows({{30, 40}, {4294967295, 4294967295}, {5, 4294967295}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(0), 30);
  EXPECT_EQ(Idle(1), std::nullopt);
  EXPECT_EQ(Idle(2), std::nullopt) << "an age of -1 means just begun";
}

TEST_F(IdleTrustTest, ManyImplausibleRowsSpoilTheEnumeration) {
  EXPECT_EQ(Judge(Rows({{30, 40}, {90, 40}, {90, 40}, {90, 40}})), IdleTrust::kNone);
  EXPECT_EQ(Idle(0), std::nullopt);
  EXPECT_NE(judge_.explanation().find("3 of 4"), std::string::npos) << judge_.explanation();
}

TEST_F(IdleTrustTest, AJumpIsUnknownUntilTheUserIsActive) {
  EXPECT_EQ(Judge(Rows({{30, 9000}, {60, 9000}, {90, 9000}, {10, 9000}})), IdleTrust::kReported);
  Pass(60);
  EXPECT_EQ(Judge(Rows({{90, 9060}, {5000, 9060}, {150, 9060}, {1, 9060}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(0), 90);
  EXPECT_EQ(Idle(1), std::nullopt);
  Pass(60);
  // It goes on from the wrong value: still not believed.
  Judge(Rows({{150, 9120}, {5060, 9120}, {210, 9120}, {61, 9120}}));
  EXPECT_EQ(Idle(0), 150);
  EXPECT_EQ(Idle(1), std::nullopt);
  Pass(60);
  Judge(Rows({{210, 9180}, {3, 9180}, {270, 9180}, {121, 9180}}));
  EXPECT_EQ(Idle(1), 3);
  Pass(60);
  Judge(Rows({{270, 9240}, {63, 9240}, {330, 9240}, {181, 9240}}));
  EXPECT_EQ(Idle(1), 63);
}

TEST_F(IdleTrustTest, AServerWhoseClockJumpsIsNotBelieved) {
  EXPECT_EQ(Judge(Rows({{30, 9000}, {60, 9000}, {90, 9000}})), IdleTrust::kReported);
  Pass(60);
  EXPECT_EQ(Judge(Rows({{3690, 12660}, {3720, 12660}, {3750, 12660}})), IdleTrust::kNone);
}

TEST_F(IdleTrustTest, LongGapsBetweenEnumerationsAreNoJumps) {
  EXPECT_EQ(Judge(Rows({{30, 9000}})), IdleTrust::kReported);
  Pass(7200);
  EXPECT_EQ(Judge(Rows({{7230, 16200}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(0), 7230);
}

TEST_F(IdleTrustTest, OwnClockSetBackComparesNothing) {
  EXPECT_EQ(Judge(Rows({{30, 9000}})), IdleTrust::kReported);
  Pass(-3600);
  EXPECT_EQ(Judge(Rows({{90, 9060}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(0), 90);
}

TEST_F(IdleTrustTest, OfSeveralRowsOfAPairTheLongestCounts) {
  Enumeration twice = Rows({{30, 9000, "alice"}, {500, 9000, "alice"}});
  twice.sessions[1].client = twice.sessions[0].client;
  EXPECT_EQ(Judge(twice), IdleTrust::kReported);
  Pass(60);
  // The busy one ended: what is left is no jump.
  EXPECT_EQ(Judge(Rows({{560, 9060, "alice"}})), IdleTrust::kReported);
  EXPECT_EQ(Idle(0), 560);
}

TEST_F(IdleTrustTest, PartsAreJudgedByWhatIsRemembered) {
  Enumeration part = Rows({{30, 9000}});
  EXPECT_EQ(judge_.JudgePart(&part, now_), IdleTrust::kNone);
  EXPECT_EQ(part.sessions[0].idle_seconds, std::nullopt);
  Judge(Rows({{30, 9000}, {60, 9000}}));
  Pass(10);
  part = Rows({{40, 9010}, {6000, 9010}});
  EXPECT_EQ(judge_.JudgePart(&part, now_), IdleTrust::kReported);
  EXPECT_EQ(part.sessions[0].idle_seconds, 40);
  EXPECT_EQ(part.sessions[1].idle_seconds, std::nullopt);
}

TEST_F(IdleTrustTest, SettingsOverrideTheJudgement) {
  IdleTrustJudge reported({.fixed = IdleTrust::kReported});
  Enumeration zeros = Rows({{0, 9000}, {0, 9000}, {0, 9000}}, 1);
  zeros.reports_idle = false;
  EXPECT_EQ(reported.Judge(&zeros, now_), IdleTrust::kReported);
  EXPECT_EQ(zeros.sessions[0].idle_seconds, 0);
  IdleTrustJudge none({.fixed = IdleTrust::kNone});
  Enumeration rows = Rows({{30, 9000}});
  EXPECT_EQ(none.Judge(&rows, now_), IdleTrust::kNone);
  EXPECT_EQ(rows.sessions[0].idle_seconds, std::nullopt);
  EXPECT_EQ(none.explanation(), "the server's settings say so");
}

TEST_F(IdleTrustTest, WithoutASpeedNothingIsComparedBetweenEnumerations) {
  IdleTrustJudge judge({.speed = 0});
  Enumeration rows = Rows({{30, 9000}});
  EXPECT_EQ(judge.Judge(&rows, now_), IdleTrust::kReported);
  rows = Rows({{8000, 9000}});
  EXPECT_EQ(judge.Judge(&rows, now_), IdleTrust::kReported);
  EXPECT_EQ(rows.sessions[0].idle_seconds, 8000);
}

// The simulated fleet must never look implausible, at any speed; its faults must.
TEST_F(IdleTrustTest, ASimulatedServerIsTrustedAtAnySpeed) {
  for (const double speed : {1.0, 60.0, 3600.0}) {
    SimulatedEventLoop loop;
    SimulatedServer server({.name = "fs01", .generated_sessions = 200, .seed = 9, .speed = speed}, &loop);
    IdleTrustJudge judge({.speed = speed});
    for (int i = 0; i < 200; ++i) {
      server.Enumerate({}, [&](absl::StatusOr<Enumeration> answer) {
        const size_t rows = answer->sessions.size();
        EXPECT_EQ(judge.Judge(&*answer, loop.SteadyNow()), IdleTrust::kReported) << judge.explanation();
        size_t unknown = 0;
        for (const Session& session : answer->sessions) unknown += session.idle_seconds.has_value() ? 0 : 1;
        EXPECT_EQ(unknown, 0u) << "of " << rows << " at speed " << speed;
      });
      loop.AdvanceBy(absl::Milliseconds(1700));
    }
  }
}

TEST(IdleTrustNameTest, AreTheMetricLabels) {
  EXPECT_EQ(IdleTrustName(IdleTrust::kReported), "reported");
  EXPECT_EQ(IdleTrustName(IdleTrust::kDerived), "derived");
  EXPECT_EQ(IdleTrustName(IdleTrust::kNone), "none");
}

}  // namespace
}  // namespace idlewarden::agent
