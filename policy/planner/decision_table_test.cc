// Every line of the decision table, with the pairs and scopes that it speaks of.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using ::testing::ElementsAre;
using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;
using testing::MustCompile;

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);

// "close kiosks matched" for each session of the first server.
std::vector<std::string> Decide(absl::string_view yaml, const ServerSnapshot& server,
                                const MatchHistory* history = nullptr, bool observe_only = false) {
  const auto policy = MustCompile(yaml);
  const SessionTable table = MakeTable({server});
  CycleInput input{*policy, table, kAt, observe_only, history, nullptr};
  std::vector<std::string> texts;
  const CycleResult result = RunCycle(input);
  for (const SessionDecision& d : result.decisions[0]) {
    texts.push_back(absl::StrCat(DecisionName(d.decision), " ", policy->NameOf(d), " ", ReasonName(d.reason)));
  }
  return texts;
}

constexpr absl::string_view kEnforceIdle =
    "limits: {max_percent_per_server: unlimited}\n"
    "rules: [{name: idle, when: {idle: 15m}, mode: enforce}]\n";

Session Idle(absl::string_view client, absl::string_view user, int64_t seconds) {
  Session session = MakeSession(client, user);
  session.idle_seconds = seconds;
  return session;
}

TEST(DecisionTableTest, Line1Anonymous) {
  EXPECT_THAT(
      Decide(kEnforceIdle,
             MakeServer("s", {MakeSession("10.0.0.1", ""), MakeSession("", "alice"), MakeSession("\\\\", "alice"),
                              MakeSession("[]", "alice"), MakeSession("10.0.0.1", "CORP\\")})),
      ElementsAre("keep  anonymous", "keep  anonymous", "keep  anonymous", "keep  anonymous", "keep  anonymous"));
}

TEST(DecisionTableTest, Line1ANulWouldCutTheNameShort) {
  EXPECT_THAT(Decide(kEnforceIdle, MakeServer("s", {MakeSession("10.0.0.1", std::string("\0bob", 4)),
                                                    MakeSession(std::string("\0pc", 3), "alice")})),
              ElementsAre("keep  anonymous", "keep  anonymous"));
}

TEST(DecisionTableTest, Line1SelfAndMachineAccount) {
  Session own = MakeSession("10.0.0.1", "agent");
  own.own = true;
  const std::vector<Session> sessions = {own, MakeSession("10.0.0.2", "NODE1$")};
  EXPECT_THAT(Decide(kEnforceIdle, MakeServer("s", sessions)), ElementsAre("keep  self", "keep  machine-account"));
  EXPECT_THAT(Decide(absl::StrCat(kEnforceIdle, "allow: [machine-accounts]\n"), MakeServer("s", sessions)),
              ElementsAre("keep  self", "close idle matched"));
}

TEST(DecisionTableTest, Line1AMachineAccountInAnyNotation) {
  ServerSnapshot server =
      MakeServer("s", {MakeSession("10.0.0.1", "HV01$@CORP.EXAMPLE"), MakeSession("10.0.0.2", "CORP\\hv01$"),
                       MakeSession("10.0.0.3", "CORP+hv01$"), MakeSession("10.0.0.4", "hv01@corp$"),
                       MakeSession("10.0.0.5", "@corp")});
  server.domain_separator = "+";
  EXPECT_THAT(Decide(kEnforceIdle, server),
              ElementsAre("keep  machine-account", "keep  machine-account", "keep  machine-account",
                          "close idle matched", "keep  anonymous"));
}

// One session on one server, under kEnforceIdle or another rule.
std::string DecideOne(absl::string_view yaml, absl::string_view client, absl::string_view user,
                      std::vector<std::string> names = {}, absl::string_view separator = "") {
  Session session = MakeSession(client, user);
  if (!names.empty()) session.names = std::move(names);
  ServerSnapshot server = MakeServer("s", {session});
  server.domain_separator = std::string(separator);
  return Decide(yaml, server).at(0);
}

TEST(DecisionTableTest, WhoMayBeProtectedIsNotClosed) {
  const auto protect = [](absl::string_view when) {
    return absl::StrCat(kEnforceIdle, "protect: [{name: p, when: {", when, "}}]\n");
  };
  const std::string backup = protect("clients: [backup01]");
  EXPECT_EQ(DecideOne(backup, "\\\\10.0.0.9", "bob"), "keep p protected-unknown");
  EXPECT_EQ(DecideOne(backup, "\\\\10.0.0.9", "bob", {"backup01"}), "keep p protected");
  EXPECT_EQ(DecideOne(backup, "\\\\10.0.0.9", "bob", {"pc-1"}), "close idle matched");
  EXPECT_EQ(DecideOne(backup, "backup01.corp.example", "bob"), "keep p protected-unknown");
  EXPECT_EQ(DecideOne(protect("users: [backup]"), "pc", "backup@corp.example"), "keep p protected");
  EXPECT_EQ(DecideOne(protect("users: [\"CORP\\\\sql\"]"), "pc", "sql@corp.example"), "keep p protected-unknown");
  EXPECT_EQ(DecideOne(protect("users: [\"svc-*\"]"), "pc", "CORP+svc-sql", {}, "+"), "keep p protected");
  EXPECT_EQ(DecideOne("limits: {max_percent_per_server: unlimited}\n"
                      "rules: [{name: r, when: {idle: 15m, clients: {not_in: [admin-pc]}}, mode: enforce}]\n",
                      "\\\\10.9.0.7", "bob"),
            "keep  no-rule");
}

TEST(DecisionTableTest, KnownAddressesOfAHostSettleWhoIsMeant) {
  const auto policy = MustCompile(absl::StrCat(kEnforceIdle, "protect: [{name: p, when: {clients: [backup01]}}]\n"));
  SessionTable table = MakeTable({MakeServer("s", {MakeSession("10.0.0.9", "bob"), MakeSession("10.0.0.8", "eve")})});
  LookupCache lookups;
  const auto reasons = [&] {
    std::vector<std::string> texts;
    const CycleResult result = RunCycle({.policy = *policy, .table = table, .at = kAt, .lookups = &lookups});
    for (const SessionDecision& d : result.decisions[0]) texts.emplace_back(ReasonName(d.reason));
    return texts;
  };
  EXPECT_THAT(reasons(), ElementsAre("protected-unknown", "protected-unknown"));
  table.SetHosts({{"backup01", {*IpAddress::Parse("10.0.0.9")}}});
  EXPECT_THAT(reasons(), ElementsAre("protected", "matched"));
  table.SetHosts({{"backup01", {*IpAddress::Parse("10.0.0.8")}}});
  EXPECT_THAT(reasons(), ElementsAre("matched", "protected"));
  table.SetHosts({});
  EXPECT_THAT(reasons(), ElementsAre("protected-unknown", "protected-unknown"));
}

TEST(DecisionTableTest, Lines2And3NameTheFirstYesBeforeTheFirstUnknown) {
  const std::string yaml = absl::StrCat(kEnforceIdle,
                                        "protect:\n"
                                        "- {name: by-age, when: {age: 1h}}\n"
                                        "- {name: guests, when: {guest: true}}\n"
                                        "- {name: bob, when: {users: [bob]}}\n");
  Session unknown = MakeSession("c", "alice");
  unknown.age_seconds.reset();
  Session unknown_bob = unknown;
  unknown_bob.user = "bob";
  Session young_of_unknown_kind = MakeSession("c2", "carol");
  young_of_unknown_kind.age_seconds = 10;
  young_of_unknown_kind.guest.reset();
  EXPECT_THAT(Decide(yaml, MakeServer("s", {MakeSession("d", "x"), unknown, unknown_bob, young_of_unknown_kind})),
              ElementsAre("keep by-age protected", "keep by-age protected-unknown", "keep bob protected",
                          "keep guests protected-unknown"));
}

TEST(DecisionTableTest, Line4NoRule) {
  Session unknown = MakeSession("a", "x");
  unknown.idle_seconds.reset();
  EXPECT_THAT(Decide(kEnforceIdle, MakeServer("s", {Idle("b", "y", 899), unknown, Idle("d", "z", 900)})),
              ElementsAre("keep  no-rule", "keep  no-rule", "close idle matched"));
  EXPECT_THAT(Decide("", MakeServer("s", {MakeSession("a", "x")})), ElementsAre("keep  no-rule"));
}

TEST(DecisionTableTest, Line5IncompleteAfterProtectionsAndRules) {
  ServerSnapshot server = MakeServer("s", {MakeSession("a", "x"), Idle("b", "y", 1), MakeSession("c", "svc")});
  server.complete = false;
  EXPECT_THAT(Decide(absl::StrCat(kEnforceIdle, "protect: [{name: svc, when: {users: [svc]}}]\n"), server),
              ElementsAre("keep idle incomplete", "keep  no-rule", "keep svc protected"));
}

TEST(DecisionTableTest, Line6Exempt) {
  const auto policy = MustCompile(kEnforceIdle);
  const SessionTable table = MakeTable({MakeServer("s", {MakeSession("a", "x"), MakeSession("b", "y")})});
  CycleInput input{*policy, table, kAt, false, nullptr, nullptr};
  input.exempt = [](const ServerView& server) {
    return std::vector<bool>{server.session(0).user == "x", server.session(1).user == "x"};
  };
  const auto decisions = RunCycle(input).decisions[0];
  EXPECT_EQ(decisions[0], (SessionDecision{Decision::kKeep, Reason::kExempt, 0}));
  EXPECT_EQ(decisions[1], (SessionDecision{Decision::kClose, Reason::kMatched, 0}));
}

TEST(DecisionTableTest, Line7ABusySessionKeepsItsWholePair) {
  EXPECT_THAT(Decide(kEnforceIdle, MakeServer("s", {Idle("\\\\PC1", "Alice", 3600), Idle("pc1", "alice", 3),
                                                    Idle("pc1", "bob", 3600)})),
              ElementsAre("keep idle collateral", "keep  no-rule", "close idle matched"));
}

TEST(DecisionTableTest, Line7OnClientScopeEverySessionOfTheClientCounts) {
  ServerSnapshot server = MakeServer(
      "s", {Idle("[::ffff:10.0.0.5]", "alice", 3600), Idle("10.0.0.5", "bob", 3), Idle("10.0.0.6", "carol", 3600)});
  server.close_scope = CloseScope::kClient;
  EXPECT_THAT(Decide(kEnforceIdle, server), ElementsAre("keep idle collateral", "keep  no-rule", "close idle matched"));
}

TEST(DecisionTableTest, Line7AnonymousCountsAsKeptOnClientScope) {
  ServerSnapshot server = MakeServer("s", {MakeSession("pc", "alice"), MakeSession("pc", "")});
  EXPECT_THAT(Decide(kEnforceIdle, server), ElementsAre("close idle matched", "keep  anonymous"));
  server.close_scope = CloseScope::kClient;
  EXPECT_THAT(Decide(kEnforceIdle, server), ElementsAre("keep idle collateral", "keep  anonymous"));
}

TEST(DecisionTableTest, Line7SelfCountsWithinItsOwnPairOnly) {
  Session own = MakeSession("pc", "agent");
  own.own = true;
  ServerSnapshot server = MakeServer("s", {own, MakeSession("pc", "agent"), MakeSession("pc", "alice")});
  server.close_scope = CloseScope::kClient;
  EXPECT_THAT(Decide(kEnforceIdle, server), ElementsAre("keep  self", "keep idle collateral", "close idle matched"));
}

TEST(DecisionTableTest, Line7ObserveInTheScopeKeepsEnforceButNotTheOtherWayRound) {
  constexpr absl::string_view kYaml =
      "rules:\n"
      "- {name: long, when: {idle: 2h}, mode: enforce}\n"
      "- {name: short, when: {idle: 15m}}\n";
  EXPECT_THAT(Decide(kYaml, MakeServer("s", {Idle("pc", "a", 9000), Idle("pc", "a", 1000), Idle("pc", "b", 9000)})),
              ElementsAre("keep long collateral", "would-close short matched", "close long matched"));
}

TEST(DecisionTableTest, DifferentRulesOfOneModeKeepTheirOwnNames) {
  constexpr absl::string_view kYaml =
      "rules:\n"
      "- {name: long, when: {idle: 2h}, mode: enforce}\n"
      "- {name: short, when: {idle: 15m}, mode: enforce}\n";
  EXPECT_THAT(Decide(kYaml, MakeServer("s", {Idle("pc", "a", 9000), Idle("pc", "a", 1000)})),
              ElementsAre("close long matched", "close short matched"));
}

TEST(DecisionTableTest, Line8EverySessionOfTheScopeMustHaveWaited) {
  constexpr absl::string_view kYaml = "rules: [{name: idle, when: {idle: 15m}, mode: enforce, for: 5m}]\n";
  const auto policy = MustCompile(kYaml);
  MatchHistory history;
  const SessionTable before = MakeTable({MakeServer("s", {MakeSession("pc", "a"), MakeSession("pc", "b")})});
  history.OnEnumeration(*policy, before, 0, {kAt - absl::Minutes(5), kAt - absl::Minutes(5)});
  ServerSnapshot server =
      MakeServer("s", {MakeSession("pc", "a"), MakeSession("pc", "b"), MakeSession("pc", "b"), MakeSession("pc", "c")});
  history.OnEnumeration(*policy, MakeTable({server}), 0, {kAt, kAt});
  EXPECT_THAT(Decide(kYaml, server, &history),
              ElementsAre("close idle matched", "pending idle for", "pending idle for", "pending idle for"));
  server.close_scope = CloseScope::kClient;
  EXPECT_THAT(Decide(kYaml, server, &history),
              ElementsAre("pending idle for", "pending idle for", "pending idle for", "pending idle for"));
}

TEST(DecisionTableTest, Line8WithoutHistoryCountsAsPassed) {
  EXPECT_THAT(Decide("rules: [{name: idle, when: {idle: 15m}, mode: enforce, for: 5m}]\n",
                     MakeServer("s", {MakeSession("pc", "a")})),
              ElementsAre("close idle matched"));
}

TEST(DecisionTableTest, Line9ObserveIsTheDefaultAndTheAgentsCeiling) {
  const ServerSnapshot server = MakeServer("s", {MakeSession("pc", "a")});
  EXPECT_THAT(Decide("rules: [{name: idle, when: {idle: 15m}}]\n", server), ElementsAre("would-close idle matched"));
  EXPECT_THAT(Decide(kEnforceIdle, server, nullptr, true), ElementsAre("would-close idle matched"));
  EXPECT_THAT(Decide(kEnforceIdle, server), ElementsAre("close idle matched"));
}

// A bound answers yes where it suffices; below anything it never is for certain.
TEST(DecisionTableTest, ALowerBoundOfTheIdleTime) {
  const auto at_least = [](absl::string_view user, int64_t seconds) {
    Session session = Idle("pc", user, seconds);
    session.idle_bound = IdleBound::kAtLeast;
    return session;
  };
  const ServerSnapshot server = MakeServer("s", {at_least("a", 899), at_least("b", 900), at_least("c", 7200)});
  EXPECT_THAT(Decide(kEnforceIdle, server), ElementsAre("keep  no-rule", "close idle matched", "close idle matched"));
  EXPECT_THAT(Decide("rules: [{name: r, when: {idle: {at_least: 15m, below: 2h}}, mode: enforce}]\n", server),
              ElementsAre("keep  no-rule", "keep  no-rule", "keep  no-rule"));
  const std::string protection = "protect: [{name: busy, when: {idle: {below: 15m}}}]\n";
  EXPECT_THAT(Decide(absl::StrCat(kEnforceIdle, protection), server),
              ElementsAre("keep busy protected-unknown", "close idle matched", "close idle matched"));
  EXPECT_THAT(Decide(absl::StrCat(kEnforceIdle, "protect: [{name: long, when: {idle: 2h}}]\n"), server),
              ElementsAre("keep long protected-unknown", "keep long protected-unknown", "keep long protected"));
}

ServerSnapshot WithConnections(std::vector<std::pair<Session, std::optional<std::string>>> sessions) {
  ServerSnapshot server = MakeServer("s", {});
  server.close_scope = CloseScope::kConnection;
  for (auto& [session, connection] : sessions) {
    session.connection = connection;
    server.sessions.push_back(session);
  }
  return server;
}

TEST(DecisionTableTest, Line7OnConnectionScopeTheSessionsOfTheConnectionCount) {
  EXPECT_THAT(Decide(kEnforceIdle, WithConnections({{Idle("pc", "alice", 3600), "c1"},
                                                    {Idle("pc", "bob", 3), "c1"},
                                                    {Idle("pc", "alice", 3600), "c2"},
                                                    {Idle("pc", "bob", 3600), "C1"},
                                                    {Idle("10.0.0.7", "carol", 3600), "c1"}})),
              ElementsAre("keep idle collateral", "keep  no-rule", "close idle matched", "close idle matched",
                          "keep idle collateral"));
}

TEST(DecisionTableTest, Line7ASessionWithoutConnectionEndsItsWholeClientButIsEndedByNoConnection) {
  // The one without would end the busy one; the others' connections end neither of these two.
  EXPECT_THAT(Decide(kEnforceIdle, WithConnections({{Idle("pc", "alice", 3600), "c1"},
                                                    {Idle("pc", "bob", 3600), std::nullopt},
                                                    {Idle("pc", "carol", 3), "c2"},
                                                    {Idle("pc2", "dave", 3600), std::nullopt},
                                                    {Idle("pc2", "erin", 3600), "c3"}})),
              ElementsAre("close idle matched", "keep idle collateral", "keep  no-rule", "close idle matched",
                          "close idle matched"));
  // A busy one without connection is in the scope of its like only. An empty connection is none.
  EXPECT_THAT(Decide(kEnforceIdle, WithConnections({{Idle("pc", "alice", 3600), "c1"},
                                                    {Idle("pc", "bob", 3), std::nullopt},
                                                    {Idle("pc", "carol", 3600), ""}})),
              ElementsAre("close idle matched", "keep  no-rule", "keep idle collateral"));
}

TEST(DecisionTableTest, Line7SelfCountsWithinItsOwnConnectionsPairOnly) {
  Session own = MakeSession("pc", "agent");
  own.own = true;
  EXPECT_THAT(Decide(kEnforceIdle, WithConnections({{own, "c1"},
                                                    {MakeSession("pc", "agent"), "c1"},
                                                    {MakeSession("pc", "agent"), "c2"},
                                                    {MakeSession("pc", "alice"), "c1"}})),
              ElementsAre("keep  self", "keep idle collateral", "close idle matched", "close idle matched"));
}

TEST(DecisionTableTest, Line8WaitsByConnection) {
  constexpr absl::string_view kYaml = "rules: [{name: idle, when: {idle: 15m}, mode: enforce, for: 5m}]\n";
  const auto policy = MustCompile(kYaml);
  MatchHistory history;
  const ServerSnapshot before = WithConnections({{MakeSession("pc", "a"), "c1"}, {MakeSession("pc2", "a"), "c4"}});
  history.OnEnumeration(*policy, MakeTable({before}), 0, {kAt - absl::Minutes(5), kAt - absl::Minutes(5)});
  const ServerSnapshot server = WithConnections({{MakeSession("pc", "a"), "c1"},
                                                 {MakeSession("pc", "a"), "c2"},
                                                 {MakeSession("pc", "b"), std::nullopt},
                                                 {MakeSession("pc2", "a"), "c4"}});
  history.OnEnumeration(*policy, MakeTable({server}), 0, {kAt, kAt});
  EXPECT_THAT(Decide(kYaml, server, &history),
              ElementsAre("close idle matched", "pending idle for", "pending idle for", "close idle matched"));
}

TEST(DecisionTableTest, OpenFilesKeepUnlessTheRuleSaysOtherwise) {
  Session open = MakeSession("pc", "a");
  open.open_files = 1;
  Session unknown = MakeSession("pc2", "b");
  unknown.open_files.reset();
  const ServerSnapshot server = MakeServer("s", {open, unknown});
  EXPECT_THAT(Decide(kEnforceIdle, server), ElementsAre("keep  no-rule", "keep  no-rule"));
  EXPECT_THAT(Decide("rules: [{name: all, when: {idle: 15m, open_files: {at_least: 0}}, mode: enforce}]\n", server),
              ElementsAre("close all matched", "keep  no-rule"));
}

}  // namespace
}  // namespace idlewarden::policy
