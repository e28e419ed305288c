// What the plan of a cycle holds, and when two plans are the same.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "policy/planner/planner.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;
using testing::MustCompile;

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::string_view kEnforce = "rules: [{name: r, when: {idle: 15m}, mode: enforce}]\n";

Plan PlanOf(absl::string_view yaml, const std::vector<ServerSnapshot>& servers, absl::Time at = kAt) {
  const auto policy = MustCompile(yaml);
  const SessionTable table = MakeTable(servers);
  return RunCycle({*policy, table, at, false, nullptr, nullptr}).plan;
}

TEST(PlanTest, HoldsPairsWithTheServersSpelling) {
  Session busy = MakeSession("pc2", "eve");
  busy.idle_seconds = 0;
  const Plan plan = PlanOf(kEnforce, {MakeServer("s", {MakeSession("\\\\PC", "Bob"), MakeSession("pc", "bob"), busy})});
  ASSERT_EQ(plan.pairs.size(), 1u);
  EXPECT_EQ(plan.pairs[0].server, "s");
  EXPECT_EQ(plan.pairs[0].client, "\\\\PC");
  EXPECT_EQ(plan.pairs[0].user, "Bob");
  EXPECT_EQ(plan.pairs[0].sessions.size(), 2u);
  EXPECT_EQ(plan.pairs[0].rule, "r");
  EXPECT_EQ(plan.pairs[0].decision, Decision::kClose);
  EXPECT_EQ(plan.SessionCount(Decision::kClose), 2u);
  EXPECT_EQ(plan.SessionCount(Decision::kKeep), 1u);
  EXPECT_EQ(plan.at, kAt);
}

TEST(PlanTest, OnClientScopeEachPairListsAllThatItsCloseEnds) {
  ServerSnapshot server = MakeServer("s", {MakeSession("pc", "bob"), MakeSession("pc", "eve")});
  server.close_scope = CloseScope::kClient;
  const Plan plan = PlanOf(kEnforce, {server});
  ASSERT_EQ(plan.pairs.size(), 2u);
  EXPECT_EQ(plan.pairs[0].sessions.size(), 2u);
  EXPECT_EQ(plan.pairs[1].user, "eve");
}

TEST(PlanTest, OnConnectionScopeAPairIsOfOneConnection) {
  ServerSnapshot server = MakeServer(
      "s", {MakeSession("pc", "bob"), MakeSession("pc", "bob"), MakeSession("pc", "bob"), MakeSession("pc", "eve")});
  server.close_scope = CloseScope::kConnection;
  server.sessions[0].connection = server.sessions[3].connection = "c1";
  server.sessions[1].connection = "c2";
  const Plan plan = PlanOf(kEnforce, {server});
  ASSERT_EQ(plan.pairs.size(), 4u);
  EXPECT_EQ(plan.pairs[0].connection, "c1");
  EXPECT_EQ(plan.pairs[0].scope, CloseScope::kConnection);
  EXPECT_EQ(plan.pairs[0].sessions.size(), 2u);
  EXPECT_EQ(plan.pairs[1].connection, "c2");
  EXPECT_EQ(plan.pairs[1].sessions.size(), 1u);
  EXPECT_EQ(plan.pairs[2].connection, std::nullopt);
  EXPECT_EQ(plan.pairs[2].scope, CloseScope::kClient);
  EXPECT_EQ(plan.pairs[2].sessions.size(), 4u);
  server.sessions[1].connection = "c3";
  EXPECT_NE(PlanOf(kEnforce, {server}).id, plan.id);
}

// It is part of the value; the victims and the reasons are the same.
TEST(PlanTest, ABoundIsInTheSnapshotsHash) {
  Session session = MakeSession("pc", "bob");
  const Plan exact = PlanOf(kEnforce, {MakeServer("s", {session})});
  session.idle_bound = IdleBound::kAtLeast;
  const Plan bound = PlanOf(kEnforce, {MakeServer("s", {session})});
  EXPECT_EQ(exact.id, bound.id);
  EXPECT_NE(exact.snapshot_hash, bound.snapshot_hash);
}

TEST(PlanTest, ObservedPairsAreCountedOnly) {
  const Plan plan = PlanOf("rules: [{name: r, when: {idle: 15m}}]\n", {MakeServer("s", {MakeSession("pc", "bob")})});
  EXPECT_TRUE(plan.pairs.empty());
  EXPECT_EQ(plan.SessionCount(Decision::kWouldClose), 1u);
}

TEST(PlanTest, TheIdStandsForTheVictimsAndNotForTheMoment) {
  const ServerSnapshot server = MakeServer("s", {MakeSession("pc", "bob")});
  const Plan plan = PlanOf(kEnforce, {server});
  ServerSnapshot later = server;
  later.sessions[0].idle_seconds = 5000;
  later.sessions[0].client = "\\\\PC";
  EXPECT_EQ(PlanOf(kEnforce, {later}, kAt + absl::Minutes(1)).id, plan.id);
  EXPECT_NE(PlanOf(kEnforce, {later}).snapshot_hash, plan.snapshot_hash);
}

TEST(PlanTest, TheIdChangesWithVictimRulePolicyAndNumber) {
  const ServerSnapshot server = MakeServer("s", {MakeSession("pc", "bob")});
  const std::string id = PlanOf(kEnforce, {server}).id;
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(PlanOf(kEnforce, {MakeServer("s", {MakeSession("pc", "eve")})}).id, id);
  EXPECT_NE(PlanOf(kEnforce, {MakeServer("t", {MakeSession("pc", "bob")})}).id, id);
  EXPECT_NE(PlanOf(kEnforce, {MakeServer("s", {MakeSession("pc", "bob"), MakeSession("pc", "bob")})}).id, id);
  EXPECT_NE(PlanOf(kEnforce, {MakeServer("s", {MakeSession("pc", "bob"), MakeSession("pc2", "bob")})}).id, id);
  EXPECT_NE(PlanOf("rules: [{name: q, when: {idle: 15m}, mode: enforce}]\n", {server}).id, id);
  EXPECT_NE(PlanOf(kEnforce, {}).id, id);
}

}  // namespace
}  // namespace idlewarden::policy
