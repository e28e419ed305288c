#include "policy/planner/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;
using testing::MustCompile;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);

// `idle` sessions that match and `busy` ones that do not, each of another pair.
ServerSnapshot Mixed(absl::string_view name, int idle, int busy) {
  std::vector<Session> sessions;
  for (int i = 0; i < idle + busy; ++i) {
    sessions.push_back(MakeSession(absl::StrCat("pc", i), absl::StrCat("user", i)));
    if (i >= idle) sessions.back().idle_seconds = 0;
  }
  return MakeServer(name, sessions);
}

// How many sessions there are of each decision and reason.
std::map<std::string, int> Count(absl::string_view yaml, const std::vector<ServerSnapshot>& servers) {
  const auto policy = MustCompile(yaml);
  const SessionTable table = MakeTable(servers);
  std::map<std::string, int> counts;
  const Decisions decisions = DecideAll({*policy, table, kAt, false, nullptr, nullptr});
  for (size_t server = 0; server < decisions.size(); ++server) {
    for (const SessionDecision& d : decisions[server]) {
      ++counts[absl::StrCat(DecisionName(d.decision), " ", ReasonName(d.reason))];
    }
  }
  return counts;
}

std::string WithLimits(absl::string_view limits) {
  return absl::StrCat("limits: {", limits, "}\nrules: [{name: idle, when: {idle: 15m}, mode: enforce}]\n");
}

TEST(LimitsTest, PercentIsExceededOnlyAboveIt) {
  const std::string yaml = WithLimits("max_percent_per_server: 25");
  EXPECT_THAT(Count(yaml, {Mixed("s", 5, 15)}),
              UnorderedElementsAre(Pair("close matched", 5), Pair("keep no-rule", 15)));
  EXPECT_THAT(Count(yaml, {Mixed("s", 6, 14)}),
              UnorderedElementsAre(Pair("held limit-server", 6), Pair("keep no-rule", 14)));
}

TEST(LimitsTest, PercentNeedsTwentySessions) {
  const std::string yaml = WithLimits("max_percent_per_server: 1");
  EXPECT_THAT(Count(yaml, {Mixed("s", 19, 0)}), UnorderedElementsAre(Pair("close matched", 19)));
  EXPECT_THAT(Count(yaml, {Mixed("s", 20, 0)}), UnorderedElementsAre(Pair("held limit-server", 20)));
}

TEST(LimitsTest, PercentCountsSessionsNotPairs) {
  // One pair of six sessions out of 20.
  ServerSnapshot server = Mixed("s", 1, 14);
  for (int i = 0; i < 5; ++i) server.sessions.push_back(server.sessions[0]);
  EXPECT_THAT(Count(WithLimits("max_percent_per_server: 29"), {server}),
              UnorderedElementsAre(Pair("held limit-server", 6), Pair("keep no-rule", 14)));
  EXPECT_THAT(Count(WithLimits("max_percent_per_server: 30"), {server}),
              UnorderedElementsAre(Pair("close matched", 6), Pair("keep no-rule", 14)));
}

TEST(LimitsTest, CycleCountsPairsOverAllServers) {
  const std::string yaml = WithLimits("max_closes_per_cycle: 4");
  EXPECT_THAT(Count(yaml, {Mixed("a", 2, 0), Mixed("b", 2, 0)}), UnorderedElementsAre(Pair("close matched", 4)));
  EXPECT_THAT(Count(yaml, {Mixed("a", 3, 0), Mixed("b", 2, 0)}), UnorderedElementsAre(Pair("held limit-cycle", 5)));
  ServerSnapshot doubled = Mixed("a", 2, 0);
  for (int i = 0; i < 3; ++i) doubled.sessions.push_back(doubled.sessions[0]);
  EXPECT_THAT(Count(yaml, {doubled, Mixed("b", 2, 0)}), UnorderedElementsAre(Pair("close matched", 7)));
}

TEST(LimitsTest, DefaultsAreFiftyAndTwentyFivePercent) {
  const std::string yaml = "rules: [{name: idle, when: {idle: 15m}, mode: enforce}]\n";
  EXPECT_THAT(Count(yaml, {Mixed("a", 50, 150)}),
              UnorderedElementsAre(Pair("close matched", 50), Pair("keep no-rule", 150)));
  EXPECT_THAT(Count(yaml, {Mixed("a", 51, 153)}),
              UnorderedElementsAre(Pair("held limit-cycle", 51), Pair("keep no-rule", 153)));
  EXPECT_THAT(Count(yaml, {Mixed("a", 26, 74)}),
              UnorderedElementsAre(Pair("held limit-server", 26), Pair("keep no-rule", 74)));
}

TEST(LimitsTest, UnlimitedLiftsBoth) {
  EXPECT_THAT(
      Count(WithLimits("max_closes_per_cycle: unlimited, max_percent_per_server: unlimited"), {Mixed("a", 500, 0)}),
      UnorderedElementsAre(Pair("close matched", 500)));
}

TEST(LimitsTest, WhatTheServerLimitHoldsDoesNotCountForTheCycle) {
  const std::string yaml = WithLimits("max_closes_per_cycle: 3, max_percent_per_server: 50");
  EXPECT_THAT(Count(yaml, {Mixed("a", 15, 5), Mixed("b", 3, 0)}),
              UnorderedElementsAre(Pair("held limit-server", 15), Pair("close matched", 3), Pair("keep no-rule", 5)));
}

constexpr absl::string_view kTwoRules =
    "limits: {max_closes_per_cycle: 3}\n"
    "rules:\n"
    "- {name: a, when: {idle: 15m, users: [\"a*\"]}, mode: enforce, max_closes_per_cycle: 2}\n"
    "- {name: b, when: {idle: 15m, users: [\"*\"]}, mode: enforce}\n";

TEST(LimitsTest, RuleLimitHoldsItsPairsBeforeTheCycleIsCounted) {
  const auto sessions = [](int a, int b) {
    std::vector<Session> list;
    for (int i = 0; i < a; ++i) list.push_back(MakeSession("pc", absl::StrCat("a", i)));
    for (int i = 0; i < b; ++i) list.push_back(MakeSession("pc", absl::StrCat("b", i)));
    return list;
  };
  EXPECT_THAT(Count(kTwoRules, {MakeServer("s", sessions(2, 1))}), UnorderedElementsAre(Pair("close matched", 3)));
  EXPECT_THAT(Count(kTwoRules, {MakeServer("s", sessions(3, 3))}),
              UnorderedElementsAre(Pair("held limit-rule", 3), Pair("close matched", 3)));
  EXPECT_THAT(Count(kTwoRules, {MakeServer("s", sessions(3, 4))}),
              UnorderedElementsAre(Pair("held limit-rule", 3), Pair("held limit-cycle", 4)));
}

TEST(LimitsTest, AHoldCoversTheWholeScope) {
  std::vector<Session> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(MakeSession(absl::StrCat("pc", i), absl::StrCat("a", i)));
  sessions.push_back(MakeSession("pc0", "bob"));
  sessions.push_back(MakeSession("pc9", "bob"));
  ServerSnapshot server = MakeServer("s", sessions);
  EXPECT_THAT(Count(kTwoRules, {server}), UnorderedElementsAre(Pair("held limit-rule", 3), Pair("close matched", 2)));
  server.close_scope = CloseScope::kClient;
  EXPECT_THAT(Count(kTwoRules, {server}), UnorderedElementsAre(Pair("held limit-rule", 4), Pair("close matched", 1)));
}

// One of the client without connection ends the others, and so is held with them; and then it holds them all.
TEST(LimitsTest, AHoldCoversWhoseCloseWouldEndWhatIsHeld) {
  std::vector<Session> sessions;
  const auto add = [&](absl::string_view client, absl::string_view user, std::optional<std::string> connection) {
    sessions.push_back(MakeSession(client, user));
    sessions.back().connection = std::move(connection);
  };
  for (int i = 0; i < 3; ++i) add(absl::StrCat("pc", i), "ann", "c1");
  add("pc0", "bob", "c2");
  add("pc1", "bob", "c3");
  add("pc9", "bob", "c1");
  ServerSnapshot server = MakeServer("s", sessions);
  server.close_scope = CloseScope::kConnection;
  // By the connection that they share, bob's on pc9 among them.
  EXPECT_THAT(Count(kTwoRules, {server}), UnorderedElementsAre(Pair("held limit-rule", 4), Pair("close matched", 2)));
  server.sessions.push_back(MakeSession("pc0", "bill"));
  EXPECT_THAT(Count(kTwoRules, {server}), UnorderedElementsAre(Pair("held limit-rule", 6), Pair("close matched", 1)));
}

TEST(LimitsTest, PairsOfOneClientAndUserCountByConnection) {
  std::vector<Session> sessions;
  for (int i = 0; i < 4; ++i) {
    sessions.push_back(MakeSession("pc", "u"));
    sessions.back().connection = absl::StrCat("c", i / 2);
  }
  ServerSnapshot server = MakeServer("s", sessions);
  const std::string yaml = WithLimits("max_closes_per_cycle: 1");
  EXPECT_THAT(Count(yaml, {server}), UnorderedElementsAre(Pair("close matched", 4)));
  server.close_scope = CloseScope::kConnection;
  EXPECT_THAT(Count(yaml, {server}), UnorderedElementsAre(Pair("held limit-cycle", 4)));
}

TEST(LimitsTest, APairWithTwoRulesIsHeldByTheLimitOfOne) {
  // Rules by idle time, so that two sessions of one pair match different ones.
  constexpr absl::string_view kYaml =
      "rules:\n"
      "- {name: long, when: {idle: 2h}, mode: enforce, max_closes_per_cycle: 1}\n"
      "- {name: short, when: {idle: 15m}, mode: enforce}\n";
  std::vector<Session> sessions;
  for (int i = 0; i < 2; ++i) {
    sessions.push_back(MakeSession(absl::StrCat("pc", i), "u"));
    sessions.push_back(MakeSession(absl::StrCat("pc", i), "u"));
    sessions.back().idle_seconds = 9000;
  }
  sessions.push_back(MakeSession("pc9", "u"));
  EXPECT_THAT(Count(kYaml, {MakeServer("s", sessions)}),
              UnorderedElementsAre(Pair("held limit-rule", 4), Pair("close matched", 1)));
}

TEST(LimitsTest, ObservationIsNotLimited) {
  EXPECT_THAT(Count("rules: [{name: idle, when: {idle: 15m}}]\n", {Mixed("a", 200, 0)}),
              UnorderedElementsAre(Pair("would-close matched", 200)));
}

}  // namespace
}  // namespace idlewarden::policy
