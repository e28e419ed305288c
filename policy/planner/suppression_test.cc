#include "policy/planner/suppression.h"

#include <gtest/gtest.h>

#include <string>
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

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);

// Of the first session of the first server, with its reason.
std::string Why(absl::string_view yaml, const std::vector<ServerSnapshot>& servers,
                const MatchHistory* history = nullptr) {
  const auto policy = MustCompile(yaml);
  const SessionTable table = MakeTable(servers);
  const CycleInput input{.policy = *policy, .table = table, .at = kAt, .history = history};
  const Decisions decisions = DecideAll(input);
  return absl::StrCat(ReasonName(decisions[0][0].reason), ": ", ExplainSuppression(input, decisions, 0, 0));
}

ServerSnapshot Server(absl::string_view name, int sessions) {
  std::vector<Session> made;
  for (int i = 0; i < sessions; ++i) made.push_back(MakeSession(absl::StrCat("pc", i), absl::StrCat("user", i)));
  return MakeServer(name, made);
}

constexpr absl::string_view kIdle = "rules: [{name: idle, when: {idle: 15m}, mode: enforce}]\n";

TEST(WhyNotClosedTest, NothingIsAddedWhereTheConditionsTell) {
  EXPECT_EQ(Why(kIdle, {Server("s", 1)}), "matched: ");
  EXPECT_EQ(Why("rules: [{name: idle, when: {idle: 9h}}]\n", {Server("s", 1)}), "no-rule: ");
}

TEST(WhyNotClosedTest, NamesTheSessionThatKeepsTheScope) {
  ServerSnapshot server = MakeServer("s", {MakeSession("pc", "alice"), MakeSession("pc", "bob")});
  server.close_scope = CloseScope::kClient;
  EXPECT_EQ(Why(absl::StrCat("protect: [{name: p, when: {users: [bob]}}]\n", kIdle), {server}),
            "collateral: a close would also end the session of bob from pc, which is kept by p (protected)");
  EXPECT_EQ(Why("rules:\n- {name: b, when: {idle: 1m, users: [bob]}}\n- {name: r, when: {idle: 1m}, mode: enforce}\n",
                {server}),
            "collateral: a close would also end the session of bob from pc, which b only observes");
  server.sessions[1].idle_seconds = 0;
  EXPECT_EQ(Why(kIdle, {server}),
            "collateral: a close would also end the session of bob from pc, which is kept (no-rule)");
}

TEST(WhyNotClosedTest, SaysHowLongItHasWaited) {
  constexpr absl::string_view kYaml = "rules: [{name: idle, when: {idle: 15m}, mode: enforce, for: 5m}]\n";
  const auto policy = MustCompile(kYaml);
  const SessionTable table = MakeTable({Server("s", 1)});
  MatchHistory history;
  EXPECT_EQ(Why(kYaml, {Server("s", 1)}, &history), "for: user0 from pc0 has matched idle for 0s of 5m");
  history.OnEnumeration(*policy, table, 0, {kAt - absl::Minutes(3), kAt - absl::Minutes(3)});
  history.OnEnumeration(*policy, table, 0, {kAt, kAt});
  EXPECT_EQ(Why(kYaml, {Server("s", 1)}, &history), "for: user0 from pc0 has matched idle for 3m of 5m");
}

TEST(WhyNotClosedTest, CountsAgainstTheLimit) {
  EXPECT_EQ(Why(kIdle, {Server("s", 20)}),
            "limit-server: 20 of 20 sessions on s would be closed, more than max_percent_per_server: 25");
  EXPECT_EQ(Why(absl::StrCat("limits: {max_closes_per_cycle: 4}\n", kIdle), {Server("s", 3), Server("t", 2)}),
            "limit-cycle: 5 pairs would be closed, more than max_closes_per_cycle: 4");
  EXPECT_EQ(Why("rules:\n- {name: a, when: {idle: 1m, users: [user0, user1]}, mode: enforce, max_closes_per_cycle: 1}\n"
                "- {name: r, when: {idle: 1m}, mode: enforce}\n",
                {Server("s", 3)}),
            "limit-rule: 2 pairs would be closed by a, more than its max_closes_per_cycle: 1");
}

// What has no connection ends the client, which no connection ends.
TEST(WhyNotClosedTest, OnConnectionScopeItNamesWhatThatCloseWouldEnd) {
  Session busy = MakeSession("pc", "bob");
  busy.idle_seconds = 0;
  busy.connection = "c1";
  ServerSnapshot server = MakeServer("s", {MakeSession("pc", "alice"), busy});
  server.close_scope = CloseScope::kConnection;
  EXPECT_EQ(Why(kIdle, {server}),
            "collateral: a close would also end the session of bob from pc, which is kept (no-rule)");
  server.sessions[0].connection = "c2";
  EXPECT_EQ(Why(kIdle, {server}), "matched: ");
}

TEST(WhyNotClosedTest, TheLimitMayBeThatOfASessionWhoseCloseWouldEndIt) {
  ServerSnapshot server = MakeServer("s", {MakeSession("pc", "alice"), MakeSession("pc", "bob")});
  server.close_scope = CloseScope::kConnection;
  server.sessions[0].connection = "c1";
  EXPECT_EQ(Why("rules:\n- {name: b, when: {idle: 1m, users: [b*]}, mode: enforce, max_closes_per_cycle: 1}\n"
                "- {name: r, when: {idle: 1m}, mode: enforce}\n",
                {server, MakeServer("t", {MakeSession("pc", "bill")})}),
            "limit-rule: 2 pairs would be closed by b, more than its max_closes_per_cycle: 1");
}

TEST(WhyNotClosedTest, TheLimitMayBeThatOfAnotherRuleOfTheScope) {
  ServerSnapshot server = MakeServer("s", {MakeSession("pc", "alice"), MakeSession("pc", "bob")});
  server.close_scope = CloseScope::kClient;
  EXPECT_EQ(Why("rules:\n- {name: b, when: {idle: 1m, users: [b*]}, mode: enforce, max_closes_per_cycle: 1}\n"
                "- {name: r, when: {idle: 1m}, mode: enforce}\n",
                {server, MakeServer("t", {MakeSession("pc", "bill")})}),
            "limit-rule: 2 pairs would be closed by b, more than its max_closes_per_cycle: 1");
}

}  // namespace
}  // namespace idlewarden::policy
