#include "policy/planner/match_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/compiler/compile.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/model/resolved_policy.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

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
    history_.OnEnumeration(*policy_, table, 0, {at, at});
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

  // What an earlier run knew of one session of the pair, in minutes.
  void Restore(int since, int last) {
    history_.Forget("s");
    history_.Restore("s", {.client = "pc", .user = "bob", .rule_fingerprint = policy_->resolved().rules[0].fingerprint},
                     start_ + absl::Minutes(since), start_ + absl::Minutes(last), 1);
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
  EXPECT_EQ(
      history_.Find("s", {.client = "pc", .user = "bob", .rule_fingerprint = policy_->resolved().rules[0].fingerprint})
          ->enumerations,
      1);
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

TEST_F(MatchHistoryTest, ALookThatShowsOtherSessionsStartsAgain) {
  const auto after_look = [this](std::vector<Session> seen, const char* client) {
    history_.Forget("s");
    Enumerate(0, {Aged(7200)});
    EXPECT_EQ(Enumerate(10, {Aged(7800)}), Decision::kClose);
    SessionTable table;
    table.SetServer(MakeServer("s", std::move(seen)));
    const absl::Time at = start_ + absl::Minutes(11);
    history_.OnRecheck(*policy_, table, 0, client, {at, at});
    if (table.server(0).size() == 0) return Decision::kKeep;
    return RunCycle({*policy_, table, at, false, &history_, nullptr}).decisions[0][0].decision;
  };
  EXPECT_EQ(after_look({Aged(7860)}, "pc"), Decision::kClose);
  EXPECT_EQ(after_look({Aged(7860)}, "\\\\PC"), Decision::kClose);
  EXPECT_EQ(after_look({Aged(20)}, "PC"), Decision::kPending);  // logged off and on
  EXPECT_EQ(after_look({Aged(7860), Aged(7860)}, "pc"), Decision::kPending);
  EXPECT_EQ(after_look({Aged(20)}, "other"), Decision::kClose);  // not what was looked at
  after_look({}, "pc");
  EXPECT_EQ(history_.size(), 0u);
}

// Two rules with `for`, one of which a session matches by its idle time, the other by its open files.
constexpr absl::string_view kTwoRules =
    "rules:\n"
    "  - {name: closed-files, when: {idle: 15m}, mode: enforce, for: 5m}\n"
    "  - {name: open-files, when: {idle: 15m, open_files: {at_least: 1}}, mode: enforce, for: 5m}\n";

TEST_F(MatchHistoryTest, SessionsOfAPairThatMatchDifferentRulesAreToldApartByWhenTheyBegan) {
  policy_ = MustCompile(kTwoRules);
  const auto pair = [this](int minute, int64_t with_files) {
    std::vector<Session> sessions = {Aged(7200 + minute * 60), Aged(3600 + minute * 60)};
    sessions[with_files].open_files = 1;
    return sessions;
  };
  EXPECT_EQ(Enumerate(0, pair(0, 1)), Decision::kPending);
  EXPECT_EQ(Enumerate(4, pair(4, 1)), Decision::kPending);
  EXPECT_EQ(Enumerate(5, pair(5, 1)), Decision::kClose);
  // The other one has the files now: neither has matched its rule for long.
  EXPECT_EQ(Enumerate(6, pair(6, 0)), Decision::kPending);
  EXPECT_EQ(Enumerate(11, pair(11, 0)), Decision::kClose);
}

TEST_F(MatchHistoryTest, SessionsThatCannotBeToldApartStartAgainEachTime) {
  policy_ = MustCompile(kTwoRules);
  const auto pair = [this](int minute, std::optional<int64_t> other_age) {
    std::vector<Session> sessions = {Aged(7200 + minute * 60), Aged(0)};
    sessions[1].age_seconds = other_age;
    sessions[1].open_files = 1;
    return sessions;
  };
  for (const int minute : {0, 5, 10}) {
    EXPECT_EQ(Enumerate(minute, pair(minute, 7203 + minute * 60)), Decision::kPending);
  }
  for (const int minute : {20, 25, 30}) {
    EXPECT_EQ(Enumerate(minute, pair(minute, std::nullopt)), Decision::kPending);
  }
}

TEST_F(MatchHistoryTest, WindowsGoByTheWallClockAndWaitsDoNot) {
  policy_ = MustCompile(
      "rules: [{name: r, when: {idle: 15m, during: {from: \"10:00\", to: \"11:00\"}}, mode: enforce, for: 5m}]\n");
  const SessionTable table = MakeTable({MakeServer("s", {idle_})});
  const absl::Time ten = absl::FromCivil(absl::CivilHour(2026, 1, 5, 10), absl::UTCTimeZone());
  const auto observe = [&](absl::Duration wall, absl::Duration measured) {
    history_.OnEnumeration(*policy_, table, 0, {.wall = ten + wall, .measured = ten + measured});
    return history_.Find("s",
                         {.client = "pc", .user = "bob", .rule_fingerprint = policy_->resolved().rules[0].fingerprint});
  };
  EXPECT_EQ(observe(-absl::Minutes(1), absl::Hours(5)), nullptr);
  ASSERT_NE(observe(absl::ZeroDuration(), absl::Hours(6)), nullptr);
  const MatchHistory::Entry* entry = observe(absl::Minutes(50), absl::Hours(6) + absl::Minutes(1));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->last - entry->since, absl::Minutes(1));
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

TEST_F(MatchHistoryTest, WhatWasRestoredGoesOnWhereTheSessionsAreSurelyTheSame) {
  Restore(/*since=*/0, /*last=*/3);
  EXPECT_EQ(Enumerate(5, {Aged(7200)}), Decision::kClose);  // two enumerations, over five minutes
}

TEST_F(MatchHistoryTest, WhatWasRestoredDoesNotCloseBeforeItWasSeenAgain) {
  Restore(0, 30);
  const SessionTable table = MakeTable({MakeServer("s", {Aged(7200)})});
  EXPECT_EQ(RunCycle({*policy_, table, start_ + absl::Minutes(31), false, &history_, nullptr}).decisions[0][0].decision,
            Decision::kPending);
}

TEST_F(MatchHistoryTest, WhatWasRestoredStartsAgainIfUnsure) {
  Restore(0, 3);
  Session unknown = idle_;
  unknown.age_seconds = std::nullopt;
  EXPECT_EQ(Enumerate(5, {unknown}), Decision::kPending);
  EXPECT_EQ(Enumerate(10, {unknown}), Decision::kClose);  // of this run, the same is enough

  Restore(0, 3);
  EXPECT_EQ(Enumerate(5, {Aged(200)}), Decision::kPending);  // younger than the time measured
  Restore(0, 3);
  EXPECT_EQ(Enumerate(5, {Aged(7200), Aged(7200)}), Decision::kPending);  // one more
  Restore(0, 3);
  EXPECT_EQ(Enumerate(3, {Aged(7200)}), Decision::kPending);  // the clock was set back
  Restore(0, 3);
  EXPECT_EQ(Enumerate(3 + 60, {Aged(72000)}), Decision::kClose);
  Restore(0, 3);
  EXPECT_EQ(Enumerate(3 + 61, {Aged(72000)}), Decision::kPending);  // away for too long
}

TEST_F(MatchHistoryTest, WhatCanBeRestoredIsWhatForEachGives) {
  Enumerate(0, {Aged(7200)});
  Enumerate(4, {Aged(7440)});
  MatchHistory other;
  history_.ForEach("s", [&](const MatchHistory::Key& key, const MatchHistory::Entry& entry) {
    EXPECT_EQ(key.client, "pc");
    EXPECT_EQ(key.user, "bob");
    EXPECT_TRUE(entry.whole);
    other.Restore("s", key, entry.since, entry.last, entry.sessions);
  });
  ASSERT_EQ(other.size(), 1u);
  history_ = std::move(other);
  EXPECT_EQ(Enumerate(5, {Aged(7500)}), Decision::kClose);
}

TEST_F(MatchHistoryTest, KeysTellConnectionsApart) {
  ServerSnapshot server = MakeServer("s", {idle_, idle_, idle_});
  server.close_scope = CloseScope::kConnection;
  server.sessions[0].connection = "c1";
  server.sessions[1].connection = std::string("c\0002", 4);
  history_.OnEnumeration(*policy_, MakeTable({server}), 0, {absl::UnixEpoch(), absl::UnixEpoch()});
  std::set<std::string> connections;
  MatchHistory other;
  history_.ForEach("s", [&](const MatchHistory::Key& key, const MatchHistory::Entry& entry) {
    connections.emplace(key.connection.value_or("none"));
    EXPECT_EQ(key.rule_fingerprint, policy_->resolved().rules[0].fingerprint);
    other.Restore("s", key, entry.since, entry.last, entry.sessions);
    EXPECT_NE(other.Find("s", key), nullptr);
  });
  EXPECT_EQ(connections, (std::set<std::string>{"c1", std::string("c\0002", 4), "none"}));
  EXPECT_EQ(other.size(), 3u);
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

// All that the history knows of the servers, in order.
std::string Known(const MatchHistory& history, const SessionTable& table) {
  std::vector<std::string> known;
  for (size_t i = 0; i < table.server_count(); ++i) {
    const std::string& server = table.server(i).name();
    history.ForEach(server, [&](const MatchHistory::Key& key, const MatchHistory::Entry& entry) {
      known.push_back(absl::StrCat(server, " ", key.client, " ", key.user, " ", key.connection.value_or(""), " ",
                                   key.rule_fingerprint, " ", absl::FormatDuration(entry.last - entry.since), " ",
                                   entry.enumerations, " ", entry.sessions, " ", entry.whole, " ", entry.began.size()));
    });
  }
  std::sort(known.begin(), known.end());
  return absl::StrJoin(known, "\n");
}

// A site of random policies and enumerations, seen by a history that keeps look-ups and by one that does not.
class TwoHistories {
 public:
  void Enumerate(const CompiledPolicy& policy, const SessionTable& table, absl::Time at) {
    for (size_t i = 0; i < table.server_count(); ++i) {
      plain_.OnEnumeration(policy, table, i, {at, at});
      keeping_.OnEnumeration(policy, table, i, {at, at}, &kept_);
    }
  }

  // At the client of each server's first row.
  void Look(const CompiledPolicy& policy, const SessionTable& table, absl::Time at) {
    for (size_t i = 0; i < table.server_count(); ++i) {
      if (table.server(i).size() == 0) continue;
      const std::string& client = table.server(i).client(0);
      plain_.OnRecheck(policy, table, i, client, {at, at});
      keeping_.OnRecheck(policy, table, i, client, {at, at}, &kept_);
    }
  }

  size_t size() const { return plain_.size(); }
  void ExpectEqual(const SessionTable& table) const { EXPECT_EQ(Known(keeping_, table), Known(plain_, table)); }

 private:
  LookupCache kept_;
  MatchHistory plain_;
  MatchHistory keeping_;
};

TEST(MatchHistoryProperty, KeptLookupsChangeNothing) {
  TwoHistories histories;
  size_t waits = 0;
  for (uint64_t seed = 1; seed <= testing::kUsualCases / 4; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 random(seed);
    const testing::RandomCase made = testing::MakeRandomCase(random, {8, 1, 15});
    const CompileResult compiled = CompilePolicy({"random.yaml", made.Yaml(), nullptr});
    ASSERT_NE(compiled.policy, nullptr);
    SessionTable table = MakeTable(made.servers, made.hosts);
    for (int minute = 0; minute < 3; ++minute) {
      histories.Enumerate(*compiled.policy, table, made.at + absl::Minutes(minute));
      histories.ExpectEqual(table);
      waits += histories.size();
      for (const ServerSnapshot& server : testing::MakeRandomCase(random, {0, 0, 15}).servers) table.SetServer(server);
      histories.Look(*compiled.policy, table, made.at + absl::Minutes(minute));
      histories.ExpectEqual(table);
    }
  }
  EXPECT_GT(waits, 0u);
}

}  // namespace
}  // namespace idlewarden::policy
