// Everything that can be wrong with a server's answers, against the whole agent on simulated time: what is wrong there
// is said, closes nobody who is not to be closed, and leaves the other servers alone.

#include <ostream>
#include <string>

#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/agent_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kIdleRule[] = R"(
version: 1
rules:
  - {name: idle-ones, when: {idle: 30m}, mode: enforce}
)";

constexpr char kAgeRule[] = R"(
version: 1
rules:
  - {name: old-ones, when: {age: 8h}, close_active: true, mode: enforce}
)";

constexpr char kPatientRule[] = R"(
version: 1
rules:
  - {name: patient, when: {idle: 30m}, mode: enforce, for: 10m}
)";

class FaultsTest : public ::testing::Test {
 protected:
  void Start(const char* policy) {
    agent_.policy = policy;
    agent_.Start();
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }
  static Fault Falsified(FaultKind kind, int skip, int count, int64_t amount = 0) {
    return {.call = FaultCall::kEnumerate, .kind = kind, .skip = skip, .count = count, .amount = amount};
  }

  SimulatedEventLoop loop_;
  AgentFixture agent_{loop_};
};

// The transport's causes, the faults of the script, and the numbers that Windows answers.
struct Wrong {
  const char* name;
  Fault enumerate;
  Fault close;
  const char* cause;
  uint32_t number;
  const char* outcome;  // of a close that fails so, with the sessions still there
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

Wrong Number(const char* name, uint32_t number, const char* cause, const char* outcome) {
  return {name,
          WindowsFault(FaultCall::kEnumerate, number, Fault::kForever),
          WindowsFault(FaultCall::kClose, number),
          cause,
          number,
          outcome};
}

Wrong Transport(const char* cause) {
  return {cause,
          TransportFault(FaultCall::kEnumerate, cause, Fault::kForever),
          TransportFault(FaultCall::kClose, cause),
          cause,
          0,
          "failed"};
}

Wrong Silence(const char* name, FaultKind kind) {
  return {name,
          {.call = FaultCall::kEnumerate, .kind = kind, .count = Fault::kForever},
          {.call = FaultCall::kClose, .kind = kind},
          "timeout",
          0,
          "failed"};
}

class WrongAnswerTest : public FaultsTest, public ::testing::WithParamInterface<Wrong> {};

INSTANTIATE_TEST_SUITE_P(All, WrongAnswerTest,
                         ::testing::Values(Number("Denied", kErrorAccessDenied, "access-denied", "denied"),
                                           Number("NotEnoughMemory", kErrorNotEnoughMemory, "server-error", "failed"),
                                           Number("InvalidParameter", kErrorInvalidParameter, "server-error", "failed"),
                                           Number("InvalidLevel", kErrorInvalidLevel, "server-error", "failed"),
                                           Number("MoreDataForEver", kErrorMoreData, "server-error", "failed"),
                                           Number("UserNotFound", kNerrUserNotFound, "server-error", "failed"),
                                           Number("ClientNotFound", kNerrClientNameNotFound, "server-error", "failed"),
                                           Transport("disconnected"), Transport("refused"), Transport("unreachable"),
                                           Transport("worker"), Silence("Timeout", FaultKind::kTimeout),
                                           Silence("Hang", FaultKind::kHang)),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(WrongAnswerTest, AnEnumerationThatFailsClosesNothingIsSaidAndHeals) {
  Start(kIdleRule);
  SimulatedServer& bad = agent_.AddServer("bad");
  SimulatedServer& good = agent_.AddServer("good");
  bad.AddSession("10.0.0.1", "alice", 1700, 7200);  // idle for long enough in two minutes
  Run(absl::Seconds(5));
  bad.faults().Add(GetParam().enumerate);
  good.AddSession("10.0.0.2", "bob", 1900, 7200);
  Run(absl::Minutes(15));
  EXPECT_THAT(bad.closes(), IsEmpty());
  EXPECT_THAT(agent_.DecisionOf("alice"), StartsWith("keep/"));
  EXPECT_FALSE(agent_.StatusOf("bad").up);
  EXPECT_EQ(agent_.StatusOf("bad").error_cause, GetParam().cause);
  const std::vector<LogRecord> down = agent_.Events("server-down");
  ASSERT_THAT(down, SizeIs(1));
  EXPECT_EQ(down[0].Field("windows_error"), absl::StrCat(GetParam().number));
  EXPECT_EQ(agent_.OutcomesOf("bob"), "closed");
  bad.faults().Clear();
  Run(absl::Minutes(15));
  EXPECT_EQ(agent_.OutcomesOf("alice"), "closed");
}

TEST_P(WrongAnswerTest, ACloseThatFailsIsSentOnceAndJudgedByTheLookAfter) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.faults().Add(GetParam().close);
  Run(absl::Seconds(25));
  EXPECT_EQ(agent_.OutcomesOf("alice"), GetParam().outcome);
  EXPECT_THAT(server.closes(), IsEmpty());  // none reached it
  ASSERT_THAT(agent_.view()->recent_closes, SizeIs(1));
  EXPECT_EQ(agent_.view()->recent_closes[0].close.windows_error, GetParam().number);
  EXPECT_EQ(agent_.view()->recent_closes[0].close.cause, GetParam().cause);
}

TEST_F(FaultsTest, HalfAReplyIsNoReply) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.faults().Add(Falsified(FaultKind::kHalfReply, 0, 3));
  Run(absl::Minutes(1));
  EXPECT_EQ(agent_.StatusOf("fs01").error_cause, "protocol");
  EXPECT_THAT(server.closes(), IsEmpty());
  Run(absl::Minutes(10));
  EXPECT_EQ(agent_.OutcomesOf("alice"), "closed");
}

TEST_F(FaultsTest, AbsurdNumbersCloseNobody) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 0, 60);
  server.faults().Add(Falsified(FaultKind::kAbsurdValues, 0, Fault::kForever));
  Run(absl::Hours(1));
  EXPECT_THAT(server.closes(), IsEmpty());
}

TEST_F(FaultsTest, IdleTimesThatJumpCloseNobodyWhoWorks) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  for (int i = 1; i <= 4; ++i) server.AddSession(absl::StrCat("10.0.0.", i), absl::StrCat("user", i), 60 * i, 90000);
  Run(absl::Minutes(1));
  server.faults().Add(Falsified(FaultKind::kIdleJump, 0, Fault::kForever, 7200));
  Run(absl::Minutes(20));  // nobody is idle for 30 minutes yet
  EXPECT_THAT(server.closes(), IsEmpty());
}

TEST_F(FaultsTest, AnIdleJumpAtThePlanIsFoundOutByTheLook) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 60, 90000);
  server.faults().Add(Falsified(FaultKind::kIdleJump, 0, 1, 7200));  // the very first: nothing to compare it with
  Run(absl::Seconds(10));
  EXPECT_EQ(agent_.OutcomesOf("alice"), "became-active");
  EXPECT_THAT(server.closes(), IsEmpty());
}

TEST_F(FaultsTest, AClockThatJumpsClosesNobodyByAge) {
  Start(kAgeRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 60, 3600);
  server.faults().Add(Falsified(FaultKind::kAgeJump, 0, 1, 86400));
  Run(absl::Minutes(5));
  EXPECT_EQ(agent_.OutcomesOf("alice"), "became-active");
  EXPECT_THAT(server.closes(), IsEmpty());
}

TEST_F(FaultsTest, AnEmptyListOnceDoesNotStartForAnew) {
  Start(kPatientRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.faults().Add(Falsified(FaultKind::kEmpty, 1, 1));
  Run(absl::Minutes(6));
  EXPECT_EQ(agent_.DecisionOf("alice"), "pending/for");
  Run(absl::Minutes(6));
  EXPECT_EQ(agent_.OutcomesOf("alice"), "closed");  // ten minutes after it was first seen
}

TEST_F(FaultsTest, AnEmptyListOnceHidesNoReturn) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.AddSession("10.0.0.2", "bob", 1770, 7200);  // brings the next enumeration about, in half a minute
  Run(absl::Seconds(5));
  ASSERT_EQ(agent_.OutcomesOf("alice"), "closed");
  server.AddSession("10.0.0.1", "alice", 0, 0);
  server.faults().Add(Falsified(FaultKind::kEmpty, 0, 1));
  Run(absl::Minutes(1));
  EXPECT_EQ(agent_.OutcomesOf("alice"), "closed returned");
}

TEST_F(FaultsTest, DuplicateRowsAreOnePair) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.AddSession("10.0.0.2", "bob", 10, 7200);
  server.faults().Add(Falsified(FaultKind::kDuplicateRows, 0, Fault::kForever));
  Run(absl::Minutes(5));
  EXPECT_EQ(agent_.OutcomesOf("alice"), "closed");
  EXPECT_THAT(server.closes(), SizeIs(1));
}

TEST_F(FaultsTest, TenThousandSessionsInOneReply) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.faults().Add(Falsified(FaultKind::kManyRows, 0, Fault::kForever, 10'000));
  Run(absl::Minutes(1));
  EXPECT_EQ(agent_.StatusOf("fs01").sessions, 10'000u);
  // Half of the crowd is idle for long enough: too many at once.
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_THAT(agent_.view()->warnings, Contains(AllOf(HasSubstr("is held"), HasSubstr("limit-server"))));
}

}  // namespace
}  // namespace idlewarden::agent
