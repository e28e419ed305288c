#include "policy/planner/approved_pairs.h"

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

class ApprovedPairsTest : public ::testing::Test {
 protected:
  void SetLimits(absl::string_view limits) {
    policy_ = MustCompile(absl::StrCat("limits: {", limits, "}\n",
                                       "rules: [{name: idle, when: {idle: 15m}, mode: enforce, "
                                       "max_closes_per_cycle: 10}]\n"));
  }

  static ServerSnapshot Server(int pairs, CloseScope scope = CloseScope::kPair) {
    std::vector<Session> sessions;
    for (int i = 0; i < pairs; ++i) sessions.push_back(MakeSession("pc", absl::StrCat("user", i)));
    ServerSnapshot server = MakeServer("s", sessions);
    server.close_scope = scope;
    return server;
  }

  Plan PlanOf(const ServerSnapshot& server) {
    const SessionTable table = MakeTable({server});
    CycleInput input{*policy_, table, kAt, false, nullptr, nullptr};
    input.approved = &approved_;
    return RunCycle(input).plan;
  }

  // "close 3 held 1", in sessions.
  std::string Decide(const ServerSnapshot& server) {
    const Plan plan = PlanOf(server);
    return absl::StrCat("close ", plan.SessionCount(Decision::kClose), " held ", plan.SessionCount(Decision::kHeld));
  }

  std::shared_ptr<const CompiledPolicy> policy_;
  ApprovedPairs approved_;
};

TEST_F(ApprovedPairsTest, EveryLimitLetsApprovedPairsPass) {
  const char* const limits[] = {"max_closes_per_cycle: 3, max_percent_per_server: unlimited",
                                "max_closes_per_cycle: unlimited, max_percent_per_server: 5",
                                "max_closes_per_cycle: unlimited, max_percent_per_server: unlimited"};
  for (const char* text : limits) {
    SetLimits(text);
    approved_.Clear();
    const Plan held = PlanOf(Server(30));
    ASSERT_EQ(held.SessionCount(Decision::kHeld), 30u) << text;
    approved_.AddHeldPairsOf(held);
    const Plan released = PlanOf(Server(30));
    EXPECT_EQ(released.SessionCount(Decision::kClose), 30u) << text;
    EXPECT_EQ(released.pairs[0].approved_plan, held.id);
  }
}

TEST_F(ApprovedPairsTest, WhatWasNotApprovedStaysHeldBesideIt) {
  SetLimits("max_closes_per_cycle: 3");
  approved_.AddHeldPairsOf(PlanOf(Server(4)));
  EXPECT_EQ(Decide(Server(4)), "close 4 held 0");
  EXPECT_EQ(Decide(Server(6)), "close 4 held 2");
}

TEST_F(ApprovedPairsTest, MoreSessionsOfAPairAreNotCovered) {
  SetLimits("max_closes_per_cycle: 3");
  approved_.AddHeldPairsOf(PlanOf(Server(4)));
  ServerSnapshot more = Server(4);
  more.sessions.push_back(more.sessions[0]);
  EXPECT_EQ(Decide(more), "close 3 held 2");
  // Fewer are.
  ServerSnapshot doubled = Server(4);
  doubled.sessions.push_back(doubled.sessions[0]);
  approved_.Clear();
  approved_.AddHeldPairsOf(PlanOf(doubled));
  EXPECT_EQ(Decide(Server(4)), "close 4 held 0");
}

TEST_F(ApprovedPairsTest, AScopeNeedsTheApprovalOfAllItsPairs) {
  SetLimits("max_closes_per_cycle: 3, max_percent_per_server: unlimited");
  approved_.AddHeldPairsOf(PlanOf(Server(4, CloseScope::kClient)));
  EXPECT_EQ(Decide(Server(4, CloseScope::kClient)), "close 4 held 0");
  EXPECT_EQ(Decide(Server(5, CloseScope::kClient)), "close 0 held 5");
  // What was approved as a pair is not approved as a client's whole connection.
  approved_.Clear();
  approved_.AddHeldPairsOf(PlanOf(Server(4)));
  EXPECT_EQ(Decide(Server(4, CloseScope::kClient)), "close 0 held 4");
}

TEST_F(ApprovedPairsTest, AConnectionIsApprovedByItself) {
  SetLimits("max_closes_per_cycle: 3, max_percent_per_server: unlimited");
  const auto with = [](int connections, int without) {
    ServerSnapshot server = Server(connections + without, CloseScope::kConnection);
    for (Session& session : server.sessions) session.user = "user";
    for (int i = 0; i < connections; ++i) server.sessions[i].connection = absl::StrCat("c", i);
    return server;
  };
  approved_.AddHeldPairsOf(PlanOf(with(4, 0)));
  EXPECT_EQ(Decide(with(4, 0)), "close 4 held 0");
  EXPECT_EQ(Decide(with(5, 0)), "close 4 held 1");
  // Of the same client and user, but it would end the whole client.
  EXPECT_EQ(Decide(with(4, 1)), "close 4 held 1");
  // That needs the approval of all that it ends.
  approved_.Clear();
  approved_.AddHeldPairsOf(PlanOf(with(4, 1)));
  EXPECT_EQ(Decide(with(4, 1)), "close 5 held 0");
  EXPECT_EQ(Decide(with(5, 1)), "close 4 held 2");
}

TEST_F(ApprovedPairsTest, AnotherRuleIsNotCovered) {
  SetLimits("max_closes_per_cycle: 3");
  approved_.AddHeldPairsOf(PlanOf(Server(4)));
  policy_ = MustCompile(
      "limits: {max_closes_per_cycle: 3}\n"
      "rules: [{name: other, when: {idle: 15m}, mode: enforce}]\n");
  EXPECT_EQ(Decide(Server(4)), "close 0 held 4");
}

TEST_F(ApprovedPairsTest, WhatAPlanNoLongerClosesIsForgotten) {
  SetLimits("max_closes_per_cycle: 3");
  approved_.AddHeldPairsOf(PlanOf(Server(4)));
  const auto none_unseen = [](absl::string_view) { return false; };
  ServerSnapshot one_awake = Server(4);
  one_awake.sessions[0].idle_seconds = 0;
  approved_.KeepOnlyThoseOf(PlanOf(one_awake), none_unseen);
  EXPECT_EQ(approved_.size(), 3u);
  EXPECT_EQ(Decide(Server(4)), "close 3 held 1");
  // A server that could not be seen tells nothing.
  approved_.KeepOnlyThoseOf(PlanOf(Server(0)), [](absl::string_view server) { return server == "s"; });
  EXPECT_EQ(approved_.size(), 3u);
  approved_.KeepOnlyThoseOf(PlanOf(Server(0)), none_unseen);
  EXPECT_TRUE(approved_.empty());
}

}  // namespace
}  // namespace idlewarden::policy
