#include "agent/servers/simulated/simulated_server.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/server_error.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::Session;
using Pair = std::pair<std::string, std::string>;

class SimulatedServerTest : public testing::Test {
 protected:
  SimulatedServer& Make(SimulatedServerOptions options = {.name = "fs01"}) {
    server_ = std::make_unique<SimulatedServer>(std::move(options), &loop_);
    return *server_;
  }

  // Enumerates; the answer must come within the call.
  std::vector<Session> Rows(const std::string& client = "") {
    std::vector<Session> rows;
    bool called = false;
    server_->Enumerate({.client = client}, [&](absl::StatusOr<Enumeration> answer) {
      called = true;
      ASSERT_TRUE(answer.ok()) << answer.status();
      rows = answer->sessions;
    });
    EXPECT_TRUE(called);
    return rows;
  }

  absl::Status Close(const std::string& client, const std::string& user) {
    absl::Status result = absl::UnknownError("not called");
    server_->Close({.client = client, .user = user}, [&](absl::Status status) { result = status; });
    return result;
  }

  SimulatedEventLoop loop_;
  std::unique_ptr<SimulatedServer> server_;
};

TEST_F(SimulatedServerTest, SessionsByHandAgeWithTheClockTimesSpeed) {
  Make({.name = "fs01", .speed = 60}).AddSession("\\\\10.0.0.5", "alice", 100, 200, 3);
  loop_.AdvanceBy(absl::Seconds(10));
  const std::vector<Session> rows = Rows();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].client, "\\\\10.0.0.5");
  EXPECT_EQ(rows[0].idle_seconds, 700);
  EXPECT_EQ(rows[0].age_seconds, 800);
  EXPECT_EQ(rows[0].open_files, 3);
}

TEST_F(SimulatedServerTest, AbsentValuesStayAbsent) {
  Session session;
  session.client = "ws1";
  session.user = "alice";
  Make().AddSession(session);
  loop_.AdvanceBy(absl::Hours(1));
  EXPECT_EQ(Rows()[0].idle_seconds, std::nullopt);
  EXPECT_EQ(Rows()[0].age_seconds, std::nullopt);
}

TEST_F(SimulatedServerTest, ATouchedSessionIsActiveAndAgesOn) {
  Make().AddSession("ws1", "alice", 100, 200);
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(server_->Touch("ws1", "ALICE"), 1);
  EXPECT_EQ(server_->Touch("ws1", "bob"), 0);
  loop_.AdvanceBy(absl::Seconds(7));
  EXPECT_EQ(Rows()[0].idle_seconds, 7);
  EXPECT_EQ(Rows()[0].age_seconds, 212);
}

TEST_F(SimulatedServerTest, CloseEndsAllSessionsOfThePairAndNoOther) {
  Make();
  server_->AddSession("\\\\ws1", "alice", 0, 10);
  server_->AddSession("ws1", "Alice", 0, 20);
  server_->AddSession("ws1", "bob", 0, 10);
  server_->AddSession("ws2", "alice", 0, 10);
  EXPECT_TRUE(Close("\\\\WS1", "alice").ok());
  const std::vector<Session> rows = Rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].user, "bob");
  EXPECT_EQ(rows[1].client, "ws2");
  ASSERT_EQ(server_->closes().size(), 1u);
  EXPECT_EQ(server_->closes()[0].client, "\\\\WS1");
}

TEST_F(SimulatedServerTest, CloseOfAnAbsentPairGives2312) {
  Make();
  EXPECT_EQ(WindowsErrorOf(Close("ws1", "alice")), kNerrClientNameNotFound);
}

TEST_F(SimulatedServerTest, AnEmptyNameNeverReachesTheServer) {
  Make().AddSession("ws1", "alice", 0, 10);
  EXPECT_EQ(Close("", "alice").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Close("ws1", "").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(server_->closes().empty());
  EXPECT_EQ(Rows().size(), 1u);
}

TEST_F(SimulatedServerTest, SambaEndsTheWholeClientReportsNoIdleAndAnswers5) {
  Make({.name = "nas", .samba_like = true});
  server_->AddSession("10.0.0.1", "alice", 50, 100);
  server_->AddSession("10.0.0.1", "bob", 50, 100);
  server_->AddSession("10.0.0.2", "carol", 50, 100);
  server_->Enumerate({.client = "10.0.0.2"}, [](absl::StatusOr<Enumeration> answer) {
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->level, 1);
    EXPECT_FALSE(answer->reports_idle);
    EXPECT_EQ(answer->close_scope, policy::CloseScope::kClient);
    ASSERT_EQ(answer->sessions.size(), 3u) << "the filter is ignored";
    EXPECT_EQ(answer->sessions[0].idle_seconds, 0);
  });
  EXPECT_TRUE(Close("10.0.0.1", "bob").ok());
  ASSERT_EQ(Rows().size(), 1u);
  EXPECT_EQ(Rows()[0].user, "carol");
  EXPECT_EQ(WindowsErrorOf(Close("10.0.0.1", "bob")), kErrorAccessDenied);
}

TEST_F(SimulatedServerTest, FiltersByClient) {
  Make();
  server_->AddSession("\\\\10.0.0.1", "alice", 0, 10);
  server_->AddSession("10.0.0.2", "bob", 0, 10);
  ASSERT_EQ(Rows("10.0.0.1").size(), 1u);
  EXPECT_EQ(Rows("10.0.0.1")[0].user, "alice");
}

TEST_F(SimulatedServerTest, LatencyDelaysAnswersThroughTheLoop) {
  Make({.name = "slow", .latency = absl::Milliseconds(200)}).AddSession("ws1", "alice", 0, 10);
  int answers = 0;
  server_->Enumerate({}, [&](absl::StatusOr<Enumeration> answer) {
    EXPECT_EQ(answer->sessions.size(), 1u);
    ++answers;
  });
  loop_.AdvanceBy(absl::Milliseconds(199));
  EXPECT_EQ(answers, 0);
  loop_.AdvanceBy(absl::Milliseconds(1));
  EXPECT_EQ(answers, 1);
}

TEST_F(SimulatedServerTest, DestructionAnswersWaitingCalls) {
  Make({.name = "slow", .latency = absl::Seconds(1)});
  absl::StatusCode code = absl::StatusCode::kOk;
  server_->Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { code = answer.status().code(); });
  server_.reset();
  EXPECT_EQ(code, absl::StatusCode::kCancelled);
  EXPECT_EQ(loop_.timer_count(), 0u);
}

TEST_F(SimulatedServerTest, PopulationIsAboutAsLargeAsAskedAndPlausibleAtAllTimes) {
  Make({.name = "fs01", .generated_sessions = 500, .seed = 7});
  for (int hour = 0; hour < 48; ++hour) {
    const std::vector<Session> rows = Rows();
    EXPECT_GE(rows.size(), 400u) << "hour " << hour;
    EXPECT_LE(rows.size(), 550u) << "hour " << hour;
    for (const Session& row : rows) {
      ASSERT_GE(*row.idle_seconds, 0);
      ASSERT_LE(*row.idle_seconds, *row.age_seconds);
    }
    loop_.AdvanceBy(absl::Hours(1));
  }
}

TEST_F(SimulatedServerTest, PopulationDependsOnSeedAndNameOnly) {
  const auto users = [&](const std::string& name, uint64_t seed) {
    Make({.name = name, .generated_sessions = 50, .seed = seed});
    std::vector<std::string> users;
    for (const Session& row : Rows()) users.push_back(row.user + "@" + row.client);
    return users;
  };
  EXPECT_EQ(users("fs01", 1), users("fs01", 1));
  EXPECT_NE(users("fs01", 1), users("fs01", 2));
  EXPECT_NE(users("fs01", 1), users("fs02", 1));
}

// Idle times grow with the time or fall back because the user came back; they never jump ahead.
TEST_F(SimulatedServerTest, PopulationIdlesAndComesBackToLife) {
  Make({.name = "fs01", .generated_sessions = 200, .seed = 3});
  int grown = 0;
  int revived = 0;
  int logged_on = 0;
  std::map<Pair, Session> before;
  for (int minute = 0; minute < 600; ++minute) {
    std::map<Pair, Session> now;
    std::set<Pair> twice;
    for (const Session& row : Rows()) {
      if (!now.emplace(Pair(row.client, row.user), row).second) twice.insert({row.client, row.user});
    }
    for (const Pair& pair : twice) now.erase(pair);
    for (const auto& [pair, row] : now) {
      const auto old = before.find(pair);
      if (old == before.end()) {
        logged_on += *row.age_seconds < 60 ? 1 : 0;
        continue;
      }
      if (*row.age_seconds < *old->second.age_seconds) continue;  // a new session of the same pair
      EXPECT_LE(*row.idle_seconds, *old->second.idle_seconds + 60);
      grown += *row.idle_seconds == *old->second.idle_seconds + 60 ? 1 : 0;
      revived += *old->second.idle_seconds > 600 && *row.idle_seconds < 60 ? 1 : 0;
    }
    before = std::move(now);
    loop_.AdvanceBy(absl::Minutes(1));
  }
  EXPECT_GT(grown, 1000);
  EXPECT_GT(revived, 20);
  EXPECT_GT(logged_on, 20);
}

TEST_F(SimulatedServerTest, ClosedUsersStayAwayAndSomeReturnAsNewSessions) {
  Make({.name = "fs01", .generated_sessions = 300, .seed = 5});
  std::set<Pair> pairs;
  for (const Session& row : Rows()) {
    if (!row.user.empty()) pairs.insert({row.client, row.user});
  }
  for (const auto& [client, user] : pairs) EXPECT_TRUE(Close(client, user).ok()) << client << " " << user;
  for (const Session& row : Rows()) EXPECT_TRUE(row.user.empty()) << row.user;
  loop_.AdvanceBy(absl::Minutes(21));
  size_t returned = 0;
  for (const Session& row : Rows()) {
    if (!pairs.contains({row.client, row.user})) continue;
    ++returned;
    EXPECT_LE(*row.age_seconds, 21 * 60);
  }
  EXPECT_GT(returned, pairs.size() / 20);
  EXPECT_LT(returned, pairs.size() / 3);
}

TEST_F(SimulatedServerTest, PopulationHasTheKindsOfNamesThatPoliciesMeet) {
  Make({.name = "fs01", .generated_sessions = 1000, .seed = 1});
  const std::vector<Session> rows = Rows();
  const auto any = [&](auto matches) { return std::any_of(rows.begin(), rows.end(), matches); };
  EXPECT_TRUE(any([](const Session& row) { return row.user.empty(); }));
  EXPECT_TRUE(any([](const Session& row) { return row.user.ends_with("$"); }));
  EXPECT_TRUE(any([](const Session& row) { return row.user.starts_with("svc-"); }));
  EXPECT_TRUE(any([](const Session& row) { return row.user.starts_with("ext-"); }));
  EXPECT_TRUE(any([](const Session& row) { return row.client.starts_with("10.20."); }));
  EXPECT_TRUE(any([](const Session& row) { return row.client.starts_with("["); }));
  EXPECT_TRUE(any([](const Session& row) { return *row.open_files > 0 && *row.idle_seconds > 3600; }));
  std::map<Pair, int> counts;
  for (const Session& row : rows) ++counts[{row.client, row.user}];
  EXPECT_TRUE(std::any_of(counts.begin(), counts.end(), [](const auto& entry) { return entry.second > 1; }));
}

}  // namespace
}  // namespace idlewarden::agent
