#include "agent/poller/poller.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_script.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PollerTest : public ::testing::Test {
 protected:
  ~PollerTest() override { poller_.reset(); }

  Poller& poller() {
    if (poller_ == nullptr) {
      poller_ = std::make_unique<Poller>(loop_, options_, [this](PollResult result) {
        causes_.push_back(
            absl::StrCat(result.server, " ", result.enumeration.ok() ? "ok" : CauseOf(result.enumeration.status())));
        results_.push_back(std::move(result));
        poller_->SetDesiredPollTime(results_.back().server, wish_);
      });
    }
    return *poller_;
  }

  SimulatedServer& Add(const std::string& name) {
    servers_.push_back(std::make_unique<SimulatedServer>(SimulatedServerOptions{.name = name}, &loop_));
    poller().Add(*servers_.back());
    return *servers_.back();
  }

  // When each enumeration of the server began, in seconds since the start.
  std::vector<double> Begins(const std::string& server) const {
    std::vector<double> begins;
    for (const PollResult& result : results_) {
      if (result.server == server) begins.push_back(absl::ToDoubleSeconds(result.began - start_));
    }
    return begins;
  }

  SimulatedEventLoop loop_;
  SteadyTime start_ = loop_.SteadyNow();
  PollerOptions options_;  // 30 s to 5 min
  absl::Duration wish_ = absl::InfiniteDuration();
  std::vector<PollResult> results_;
  std::vector<std::string> causes_;
  std::vector<std::unique_ptr<SimulatedServer>> servers_;
  std::unique_ptr<Poller> poller_;
};

TEST_F(PollerTest, PollsAtTheLongestIntervalWhereNothingWaits) {
  Add("a");
  loop_.AdvanceBy(absl::Minutes(11));
  EXPECT_THAT(Begins("a"), ElementsAre(0, 300, 600));
}

TEST_F(PollerTest, PollsWhenTheNextSessionCouldBecomeEligible) {
  wish_ = absl::Seconds(100);
  Add("a");
  loop_.AdvanceBy(absl::Seconds(250));
  EXPECT_THAT(Begins("a"), ElementsAre(0, 100, 200));
}

TEST_F(PollerTest, NeverPollsSoonerThanTheShortestInterval) {
  wish_ = absl::ZeroDuration();
  Add("a");
  loop_.AdvanceBy(absl::Seconds(89));
  EXPECT_THAT(Begins("a"), ElementsAre(0, 30, 60));
}

TEST_F(PollerTest, AWishMovesTheNextPollBothWays) {
  Add("a");
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(poller().NextPoll("a"), start_ + absl::Seconds(300));
  poller().SetDesiredPollTime("a", absl::Seconds(45));
  EXPECT_EQ(poller().NextPoll("a"), start_ + absl::Seconds(45));
  poller().SetDesiredPollTime("a", absl::Hours(3));
  EXPECT_EQ(poller().NextPoll("a"), start_ + absl::Seconds(300));
}

TEST_F(PollerTest, AWallClockThatIsSetMovesNothing) {
  wish_ = absl::Seconds(100);
  Add("a");
  loop_.AdvanceBy(absl::Seconds(50));
  loop_.SetWallClock(-absl::Hours(5));
  loop_.AdvanceBy(absl::Seconds(200));
  loop_.SetWallClock(absl::Hours(9));
  loop_.AdvanceBy(absl::Seconds(100));
  EXPECT_THAT(Begins("a"), ElementsAre(0, 100, 200, 300));
}

TEST_F(PollerTest, AFailingServerBacksOffAloneAndRecovers) {
  wish_ = absl::ZeroDuration();
  SimulatedServer& a = Add("a");
  Add("b");
  a.faults().Add(TransportFault(FaultCall::kEnumerate, "refused", 6));
  loop_.AdvanceBy(absl::Seconds(1300));
  // Doubling from 30 s, capped at 300 s; then 30 s again.
  const std::vector<double> begins = Begins("a");
  ASSERT_GE(begins.size(), 9u);
  EXPECT_THAT(std::vector<double>(begins.begin(), begins.begin() + 9),
              ElementsAre(0, 30, 90, 210, 450, 750, 1050, 1080, 1110));
  EXPECT_GE(Begins("b").size(), 43u);
  EXPECT_EQ(causes_[0], "a refused");
}

TEST_F(PollerTest, ABlackHoleIsCutAtItsDeadlineAndDelaysNobody) {
  SimulatedServer& hole = Add("hole");
  hole.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang, .count = Fault::kForever});
  Add("b");
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(causes_, ElementsAre("b ok"));
  EXPECT_FALSE(poller().first_round_done());
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_THAT(causes_, ElementsAre("b ok", "hole timeout"));
  EXPECT_TRUE(poller().first_round_done());
}

TEST_F(PollerTest, ManyBlackHolesLeavePlacesForTheLiving) {
  options_.parallel = 4;
  options_.shortest = options_.longest = absl::Seconds(30);
  for (int i = 0; i < 40; ++i) {
    Add(absl::StrCat("hole", i)).faults().Add({.kind = FaultKind::kHang, .count = Fault::kForever});
  }
  // 40 holes of 11 s over 4 places, and over 2 from then on: they never cease to wait for a place.
  loop_.AdvanceBy(absl::Minutes(5));
  Add("living");
  loop_.AdvanceBy(absl::Minutes(5));
  EXPECT_GE(Begins("living").size(), 9u);
}

TEST_F(PollerTest, AtMostSoManyAreUnderWay) {
  options_.parallel = 2;
  for (int i = 0; i < 5; ++i) {
    Add(absl::StrCat("s", i))
        .faults()
        .Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Seconds(3)});
  }
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(poller().polls_under_way(), 2u);
  loop_.AdvanceBy(absl::Seconds(2.5));
  EXPECT_EQ(results_.size(), 2u);
  EXPECT_EQ(poller().polls_under_way(), 2u);
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(results_.size(), 5u);
}

TEST_F(PollerTest, FirstPollsAreSpreadALittle) {
  for (int i = 0; i < 3; ++i) Add(absl::StrCat("s", i));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(Begins("s0"), ElementsAre(0));
  EXPECT_THAT(Begins("s2"), ElementsAre(0.02));
}

TEST_F(PollerTest, ManyServersAreSpreadOverHalfAnInterval) {
  for (int i = 0; i < 4000; ++i) Add(absl::StrCat("s", i));
  loop_.AdvanceBy(absl::Seconds(15));
  EXPECT_TRUE(poller().first_round_done());
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(results_.size(), 4000u);
}

TEST_F(PollerTest, TheFirstRoundIsDoneOnceEachWasTried) {
  Add("a").faults().Add(TransportFault(FaultCall::kEnumerate, "refused"));
  Add("b");
  EXPECT_FALSE(poller().first_round_done());
  loop_.AdvanceBy(absl::Milliseconds(5));
  EXPECT_THAT(causes_, ElementsAre("a refused"));
  EXPECT_FALSE(poller().first_round_done());
  loop_.AdvanceBy(absl::Milliseconds(5));
  EXPECT_TRUE(poller().first_round_done());
  Add("late");  // without it the view is partial again
  EXPECT_FALSE(poller().first_round_done());
  loop_.AdvanceBy(absl::Milliseconds(10));
  EXPECT_TRUE(poller().first_round_done());
}

TEST_F(PollerTest, TheFirstRoundDoesNotWaitForARemovedServer) {
  SimulatedServer& hole = Add("hole");
  hole.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang, .count = 1});
  Add("b");
  loop_.AdvanceBy(absl::Seconds(1));
  poller().Remove("hole");
  EXPECT_TRUE(poller().first_round_done());
  EXPECT_EQ(poller().polls_under_way(), 0u);
}

TEST_F(PollerTest, AnAnswerForARemovedServerIsNotTakenForItsSuccessors) {
  SimulatedServer& old = Add("a");
  old.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Seconds(5)});
  loop_.AdvanceBy(absl::Seconds(1));
  Add("a");
  loop_.AdvanceBy(absl::Seconds(20));
  EXPECT_THAT(Begins("a"), ElementsAre(1));
}

TEST_F(PollerTest, AServerThatIsEmptyOnceIsAskedOnceMore) {
  SimulatedServer& server = Add("a");
  server.AddSession("10.0.0.1", "alice", 10, 100);
  server.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kEmpty, .skip = 1});
  loop_.AdvanceBy(absl::Minutes(6));
  EXPECT_THAT(Begins("a"), ElementsAre(0, 301));
  EXPECT_EQ(results_[1].enumeration->sessions.size(), 1u);
  EXPECT_EQ(server.enumerations(), 3);
}

TEST_F(PollerTest, AServerThatIsEmptyTwiceIsEmpty) {
  SimulatedServer& server = Add("a");
  server.AddSession("10.0.0.1", "alice", 10, 100);
  loop_.AdvanceBy(absl::Minutes(1));
  server.RemoveSessions("10.0.0.1", "alice");
  loop_.AdvanceBy(absl::Minutes(10));
  EXPECT_THAT(Begins("a"), ElementsAre(0, 301, 601));  // and is not doubted any more
  EXPECT_TRUE(results_[1].enumeration->sessions.empty());
  EXPECT_EQ(server.enumerations(), 4);
}

TEST_F(PollerTest, AServerMayGoWhileItIsDoubted) {
  SimulatedServer& server = Add("a");
  server.AddSession("10.0.0.1", "alice", 10, 100);
  server.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kEmpty, .skip = 1});
  loop_.AdvanceBy(absl::Minutes(5) + absl::Milliseconds(500));
  EXPECT_EQ(poller().polls_under_way(), 1u);
  poller().Remove("a");
  EXPECT_EQ(poller().polls_under_way(), 0u);
  loop_.AdvanceBy(absl::Minutes(6));
  EXPECT_THAT(Begins("a"), ElementsAre(0));
  EXPECT_EQ(server.enumerations(), 2);
}

TEST_F(PollerTest, NothingIsReportedAfterStop) {
  SimulatedServer& a = Add("a");
  a.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kDelay, .count = 1, .delay = absl::Seconds(5)});
  loop_.AdvanceBy(absl::Seconds(1));
  poller().Stop();
  loop_.AdvanceBy(absl::Hours(1));
  EXPECT_THAT(causes_, IsEmpty());
  EXPECT_EQ(a.enumerations(), 1);
}

}  // namespace
}  // namespace idlewarden::agent
