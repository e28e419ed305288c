#include "agent/loop/pair_verdict.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;

policy::Session Row(const std::string& client, const std::string& user, int64_t idle) {
  policy::Session session;
  session.client = client;
  session.user = user;
  session.idle_seconds = idle;
  session.age_seconds = idle + 60;
  session.open_files = 0;
  return session;
}

class PairVerdictTest : public ::testing::Test {
 protected:
  void Show(std::vector<policy::Session> sessions, policy::CloseScope scope = policy::CloseScope::kPair) {
    table_.SetServer(
        {.name = "fs01", .labels = {{"site", "ams"}}, .close_scope = scope, .sessions = std::move(sessions)});
  }

  Verdict Of(const std::string& client, const std::string& user) const {
    const policy::CycleInput input{.policy = *policy_, .table = table_, .at = absl::FromUnixSeconds(1'700'000'000)};
    return VerdictOn(*policy_, table_.server(0), policy::DecideServer(input, 0), client, user);
  }

  std::shared_ptr<const policy::CompiledPolicy> policy_ =
      policy::testing::MustCompile("rules: [{name: desk, mode: enforce, when: {idle: 1h}}]\n");
  policy::SessionTable table_;
};

TEST_F(PairVerdictTest, ClosesAPairInWhateverSpelling) {
  Show({Row("\\\\10.0.0.1", "Alice", 7200), Row("10.0.0.2", "bob", 10)});
  const Verdict verdict = Of("::ffff:10.0.0.1", "ALICE");
  EXPECT_TRUE(verdict.close);
  EXPECT_EQ(verdict.rule, "desk");
  EXPECT_EQ(verdict.required, "idle >= 1h, open_files <= 0");
  EXPECT_EQ(verdict.policy_hash, policy_->hash());
}

TEST_F(PairVerdictTest, OneSessionThatIsKeptKeepsThePair) {
  Show({Row("10.0.0.1", "alice", 7200), Row("10.0.0.1", "alice", 10)});
  const Verdict verdict = Of("10.0.0.1", "alice");
  EXPECT_FALSE(verdict.close);
  EXPECT_TRUE(verdict.present);
  EXPECT_EQ(verdict.why, "now keep (collateral desk)");
}

TEST_F(PairVerdictTest, OfAPairThatHasGoneNothingIsClosed) {
  Show({Row("10.0.0.1", "alice", 7200)});
  const Verdict verdict = Of("10.0.0.1", "bob");
  EXPECT_FALSE(verdict.close);
  EXPECT_FALSE(verdict.present);
  EXPECT_EQ(verdict.why, "its sessions have ended");
}

TEST_F(PairVerdictTest, ASessionWithoutConnectionEndsItsClient) {
  policy::Session with = Row("10.0.0.1", "alice", 7200);
  with.connection = "c1";
  Show({with}, policy::CloseScope::kConnection);
  EXPECT_EQ(Of("10.0.0.1", "alice").scope, policy::CloseScope::kConnection);
  Show({with, Row("10.0.0.1", "alice", 7200), with}, policy::CloseScope::kConnection);
  EXPECT_TRUE(Of("10.0.0.1", "alice").close);
  EXPECT_EQ(Of("10.0.0.1", "alice").scope, policy::CloseScope::kClient);
}

TEST_F(PairVerdictTest, ALookReplacesTheClientsRowsAndNobodyElses) {
  Show({Row("\\\\10.0.0.1", "alice", 7200), Row("10.0.0.2", "bob", 10), Row("10.0.0.1", "carol", 20)});
  const policy::ServerSnapshot merged =
      WithRecheck(table_.server(0), "::ffff:10.0.0.1", policy::CloseScope::kClient, {Row("10.0.0.1", "alice", 5)});
  std::vector<std::string> users;
  for (const policy::Session& session : merged.sessions) users.push_back(session.user);
  EXPECT_THAT(users, ElementsAre("bob", "alice"));
  EXPECT_EQ(*merged.sessions.back().idle_seconds, 5);
  EXPECT_EQ(merged.close_scope, policy::CloseScope::kClient);
  EXPECT_EQ(merged.labels.at("site"), "ams");
}

}  // namespace
}  // namespace idlewarden::agent
