#include "policy/planner/match_history.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "policy/compiler/resolved_policy.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;
using testing::MustCompile;

constexpr absl::string_view kPolicy = "rules: [{name: r, when: {idle: 15m, users: [\"*\"]}, mode: enforce, for: 5m}]\n";

class MatchHistoryTest : public ::testing::Test {
 protected:
  // One enumeration at `minute`; the decision for its first session.
  Decision Enumerate(int minute, std::vector<Session> sessions) {
    const SessionTable table = MakeTable({MakeServer("s", std::move(sessions))});
    const absl::Time at = start_ + absl::Minutes(minute);
    history_.Observe(*policy_, table, 0, at);
    if (table.server(0).size() == 0) return Decision::kKeep;
    return RunCycle({*policy_, table, at, false, &history_, nullptr}).decisions[0][0].decision;
  }

  Session Busy() const {
    Session session = MakeSession("pc", "bob");
    session.idle_seconds = 1;
    return session;
  }

  // A session of the same pair that began `seconds` ago.
  Session Aged(int64_t seconds) const {
    Session session = MakeSession("pc", "bob");
    session.age_seconds = seconds;
    return session;
  }

  const absl::Time start_ = absl::FromUnixSeconds(1'800'000'000);
  const Session idle_ = MakeSession("pc", "bob");
  std::shared_ptr<const CompiledPolicy> policy_ = MustCompile(kPolicy);
  MatchHistory history_;
};

TEST_F(MatchHistoryTest, WaitsForTheWholeTime) {
  EXPECT_EQ(Enumerate(0, {idle_}), Decision::kPending);
  EXPECT_EQ(Enumerate(4, {idle_}), Decision::kPending);
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kClose);
  EXPECT_EQ(Enumerate(6, {idle_}), Decision::kClose);
}

TEST_F(MatchHistoryTest, TwoEnumerationsAtLeast) {
  EXPECT_EQ(Enumerate(0, {idle_}), Decision::kPending);
  EXPECT_EQ(Enumerate(60, {idle_}), Decision::kClose);
}

TEST_F(MatchHistoryTest, TheSameEnumerationTwiceCountsOnce) {
  Enumerate(0, {idle_});
  EXPECT_EQ(Enumerate(0, {idle_}), Decision::kPending);
  EXPECT_EQ(history_.Find("s", "pc", "bob", policy_->resolved().rules[0].fingerprint)->enumerations, 1);
}

TEST_F(MatchHistoryTest, OneEnumerationWithoutMatchStartsAgain) {
  Enumerate(0, {idle_});
  Enumerate(3, {Busy()});
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kPending);
  EXPECT_EQ(Enumerate(10, {idle_}), Decision::kClose);
}

TEST_F(MatchHistoryTest, AbsenceStartsAgain) {
  Enumerate(0, {idle_});
  Enumerate(3, {});
  EXPECT_EQ(history_.size(), 0u);
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kPending);
}

TEST_F(MatchHistoryTest, OneMoreSessionOfThePairStartsAgain) {
  Enumerate(0, {idle_});
  EXPECT_EQ(Enumerate(5, {idle_, idle_}), Decision::kPending);
  EXPECT_EQ(Enumerate(10, {idle_}), Decision::kClose);
}

TEST_F(MatchHistoryTest, ASessionYoungerThanTheTimeStartsAgain) {
  Enumerate(0, {Aged(7200)});
  EXPECT_EQ(Enumerate(5, {Aged(200)}), Decision::kPending);
  EXPECT_EQ(Enumerate(10, {Aged(500)}), Decision::kClose);
}

TEST_F(MatchHistoryTest, SpellingDoesNotMatter) {
  Enumerate(0, {MakeSession("\\\\PC", "BOB")});
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kClose);
}

TEST_F(MatchHistoryTest, AnUnchangedRuleOfANewPolicyKeepsItsTime) {
  Enumerate(0, {idle_});
  policy_ = MustCompile("protect: [{name: p, when: {guest: true}}]\n" + std::string(kPolicy));
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kClose);
}

TEST_F(MatchHistoryTest, AChangedRuleStartsAgain) {
  Enumerate(0, {idle_});
  policy_ = MustCompile("rules: [{name: r, when: {idle: 16m, users: [\"*\"]}, mode: enforce, for: 5m}]\n");
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kPending);
}

TEST_F(MatchHistoryTest, AChangedListIsAChangedRule) {
  constexpr absl::string_view kRule = "rules: [{name: r, when: {idle: 15m, users: [$l]}, mode: enforce, for: 5m}]\n";
  policy_ = MustCompile("lists: {l: [$m], m: [bob]}\n" + std::string(kRule));
  Enumerate(0, {idle_});
  policy_ = MustCompile("lists: {l: [$m], m: [bob, eve]}\n" + std::string(kRule));
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kPending);
}

TEST_F(MatchHistoryTest, ForgetsServers) {
  Enumerate(0, {idle_});
  history_.Forget("s");
  EXPECT_EQ(history_.size(), 0u);
  EXPECT_EQ(Enumerate(5, {idle_}), Decision::kPending);
}

TEST_F(MatchHistoryTest, RulesWithoutForCostNothing) {
  policy_ = MustCompile("rules: [{name: r, when: {idle: 15m}, mode: enforce}]\n");
  EXPECT_EQ(Enumerate(0, {idle_}), Decision::kClose);
  EXPECT_EQ(history_.size(), 0u);
}

}  // namespace
}  // namespace idlewarden::policy
