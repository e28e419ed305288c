#include "tools/netsession/session_delete.h"

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/server_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

policy::Session Row(const std::string& client, const std::string& user, int64_t age = 100) {
  policy::Session session;
  session.client = client;
  session.user = user;
  session.age_seconds = age;
  return session;
}

absl::Status Error(uint32_t number) {
  return agent::ServerError(absl::StatusCode::kUnknown, number == 5 ? "access-denied" : "server-error", number, "told");
}

class FakeBackend final : public DeleteBackend {
 public:
  void Enumerate(std::function<void(absl::StatusOr<agent::Enumeration>)> done) override {
    ++looks;
    agent::Enumeration enumeration;
    enumeration.close_scope = scope;
    if (look_error) return done(*look_error);
    enumeration.sessions = lists.empty() ? std::vector<policy::Session>() : lists.front();
    if (lists.size() > 1) lists.pop_front();  // the last one stays
    done(std::move(enumeration));
  }

  void Delete(const std::string& client, const std::string& user, std::function<void(absl::Status)> done) override {
    deletes.emplace_back(client, user);
    done(outcome);
  }

  std::deque<std::vector<policy::Session>> lists;
  std::optional<absl::Status> look_error;
  absl::Status outcome;
  policy::CloseScope scope = policy::CloseScope::kPair;
  std::vector<std::pair<std::string, std::string>> deletes;
  int looks = 0;
};

class SessionDeleteTest : public testing::Test {
 protected:
  SessionDeleteTest() {
    arguments_.server = "fs01";
    arguments_.client = "10.0.0.5";
    arguments_.user = "alice";
  }

  DeleteReport Run() {
    std::optional<DeleteReport> report;
    SessionDelete session_delete(arguments_, &loop_, &backend_, [&](DeleteReport done) { report = std::move(done); });
    session_delete.Start();
    loop_.RunUntilIdle();
    if (!report) loop_.AdvanceBy(absl::Seconds(10));
    return report.value_or(DeleteReport{false, "not done"});
  }

  agent::SimulatedEventLoop loop_;
  FakeBackend backend_;
  DeleteArguments arguments_;
};

TEST_F(SessionDeleteTest, SuccessIsVerifiedByLookingAgain) {
  backend_.lists = {{Row("10.0.0.5", "alice"), Row("10.0.0.5", "alice"), Row("10.0.0.6", "alice")},
                    {Row("10.0.0.6", "alice")}};
  const DeleteReport report = Run();
  EXPECT_TRUE(report.success);
  EXPECT_THAT(report.text, HasSubstr("NERR_Success (0)"));
  EXPECT_THAT(report.text, HasSubstr("2 sessions of alice from 10.0.0.5 on fs01 ended"));
  EXPECT_EQ(backend_.looks, 2);
}

TEST_F(SessionDeleteTest, TheServersSpellingIsUsed) {
  arguments_.client = "::1";
  backend_.lists = {{Row("[::1]", "Alice")}, {}};
  EXPECT_TRUE(Run().success);
  EXPECT_THAT(backend_.deletes, ElementsAre(Pair("[::1]", "Alice")));
}

TEST_F(SessionDeleteTest, AnUnlistedPairIsSentAsGiven) {
  backend_.outcome = Error(2312);
  const DeleteReport report = Run();
  EXPECT_FALSE(report.success);
  EXPECT_THAT(report.text, HasSubstr("NERR_ClientNameNotFound (2312)"));
  EXPECT_THAT(backend_.deletes, ElementsAre(Pair("10.0.0.5", "alice")));
}

TEST_F(SessionDeleteTest, SambaTakesAMomentToEndASession) {
  const std::vector<policy::Session> listed = {Row("10.0.0.5", "alice")};
  backend_.lists = {listed, listed, listed, {}};
  EXPECT_TRUE(Run().success);
  EXPECT_EQ(backend_.looks, 4);
}

TEST_F(SessionDeleteTest, ASessionThatStaysIsAFailureThoughTheServerSaidSuccess) {
  backend_.lists = {{Row("10.0.0.5", "alice")}};
  const DeleteReport report = Run();
  EXPECT_FALSE(report.success);
  EXPECT_THAT(report.text, HasSubstr("still listed"));
}

TEST_F(SessionDeleteTest, ASessionThatCameBackIsYoung) {
  backend_.lists = {{Row("10.0.0.5", "alice")}, {Row("10.0.0.5", "alice", 0)}};
  const DeleteReport report = Run();
  EXPECT_TRUE(report.success);
  EXPECT_THAT(report.text, HasSubstr("1 session came back"));
}

TEST_F(SessionDeleteTest, ErrorFiveWithTheSessionStillThereIsMissingRights) {
  backend_.lists = {{Row("10.0.0.5", "alice")}};
  backend_.outcome = Error(5);
  const DeleteReport report = Run();
  EXPECT_FALSE(report.success);
  EXPECT_THAT(report.text, StartsWith("A system error has occurred: ERROR_ACCESS_DENIED (5)"));
  EXPECT_EQ(backend_.looks, 2);
}

TEST_F(SessionDeleteTest, ErrorFiveOfSambaWithoutSuchASessionIsExplained) {
  backend_.scope = policy::CloseScope::kClient;
  backend_.outcome = Error(5);
  const DeleteReport report = Run();
  EXPECT_FALSE(report.success);
  EXPECT_THAT(report.text, HasSubstr("Samba"));
}

TEST_F(SessionDeleteTest, ACutConnectionIsJudgedByTheSecondLook) {
  backend_.outcome = agent::ServerError(absl::StatusCode::kUnavailable, "disconnected", 0, "cut");
  backend_.lists = {{Row("10.0.0.5", "alice")}, {}};
  EXPECT_TRUE(Run().success);
  backend_.lists = {{Row("10.0.0.5", "alice")}};
  const DeleteReport report = Run();
  EXPECT_FALSE(report.success);
  EXPECT_THAT(report.text, HasSubstr("ERROR_NETNAME_DELETED (64)"));
}

TEST_F(SessionDeleteTest, ACutConnectionIsNoSuccessWhereNothingWasThereToGo) {
  backend_.outcome = agent::ServerError(absl::StatusCode::kUnavailable, "disconnected", 0, "cut");
  backend_.lists = {{}, {}};
  const DeleteReport report = Run();
  EXPECT_FALSE(report.success);
  EXPECT_THAT(report.text, HasSubstr("ERROR_NETNAME_DELETED (64)"));
  EXPECT_THAT(report.text, HasSubstr("neither before nor after"));
}

TEST_F(SessionDeleteTest, WhoMayNotListMayStillDelete) {
  backend_.look_error = Error(5);
  const DeleteReport report = Run();
  EXPECT_TRUE(report.success);
  EXPECT_THAT(report.text, HasSubstr("not verified"));
  backend_.outcome = Error(5);
  EXPECT_FALSE(Run().success);
}

TEST_F(SessionDeleteTest, AnUnreachableServerIsNotAsked) {
  backend_.look_error = agent::ServerError(absl::StatusCode::kUnauthenticated, "auth-failed", 0, "logon failure");
  const DeleteReport report = Run();
  EXPECT_FALSE(report.success);
  EXPECT_THAT(report.text, HasSubstr("ERROR_LOGON_FAILURE (1326)"));
  EXPECT_THAT(backend_.deletes, IsEmpty());
}

TEST_F(SessionDeleteTest, AWildcardIsSentEmptyAndLeavesOutOneself) {
  arguments_.all_clients = true;
  arguments_.client.clear();
  policy::Session own = Row("10.0.0.9", "alice");
  own.own = true;
  backend_.lists = {{Row("10.0.0.5", "alice"), Row("10.0.0.6", "alice"), own}, {own}};
  const DeleteReport report = Run();
  EXPECT_TRUE(report.success);
  EXPECT_THAT(report.text, HasSubstr("2 sessions of alice from all clients"));
  EXPECT_THAT(backend_.deletes, ElementsAre(Pair("", "alice")));
}

}  // namespace
}  // namespace idlewarden::tools
