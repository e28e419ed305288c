#include "agent/overrides/held_plan.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

policy::PlannedPair Pair(const std::string& server, policy::Reason reason) {
  policy::PlannedPair pair{.server = server};
  pair.decision = policy::Decision::kHeld;
  pair.reason = reason;
  return pair;
}

TEST(HeldPlanTest, NothingHeldSaysNothing) {
  policy::Plan plan{.id = "p"};
  plan.pairs.push_back({.server = "fs01"});
  const HeldPlan held = HeldPlanOf(plan);
  EXPECT_TRUE(held.empty());
  EXPECT_EQ(HeldSentence(held), "");
}

TEST(HeldPlanTest, OneLineNamesPlanNumberLimitsAndServers) {
  policy::Plan plan{.id = "abc"};
  plan.pairs = {Pair("fs01", policy::Reason::kLimitServer), Pair("fs01", policy::Reason::kLimitServer)};
  for (int i = 0; i < 6; ++i) plan.pairs.push_back(Pair(absl::StrCat("nas", i), policy::Reason::kLimitCycle));
  plan.sessions_by_decision[static_cast<size_t>(policy::Decision::kHeld)] = 9;
  const HeldPlan held = HeldPlanOf(plan);
  EXPECT_EQ(held.PairsHeldBy(policy::Reason::kLimitServer), 2u);
  EXPECT_EQ(held.PairsHeldBy(policy::Reason::kLimitCycle), 6u);
  EXPECT_EQ(held.PairsHeldBy(policy::Reason::kLimitRule), 0u);
  EXPECT_EQ(HeldSentence(held),
            "Plan abc is held: 8 closes of 9 sessions: limit-server (max_percent_per_server) holds 2 on fs01; "
            "limit-cycle (max_closes_per_cycle) holds 6 on 6 servers. If it is right: idlewarden approve abc");
}

TEST(HeldPlanTest, LikeAnotherIsWhatTheSameLimitsHoldOnTheSameServers) {
  policy::Plan one{.id = "a"};
  one.pairs = {Pair("fs01", policy::Reason::kLimitServer)};
  policy::Plan more = one;
  more.pairs.push_back(one.pairs[0]);
  EXPECT_TRUE(HeldPlanOf(one).SameHoldsAs(HeldPlanOf(more)));
  more.pairs.push_back(Pair("fs02", policy::Reason::kLimitServer));
  EXPECT_FALSE(HeldPlanOf(one).SameHoldsAs(HeldPlanOf(more)));
  policy::Plan other_limit;
  other_limit.pairs = {Pair("fs01", policy::Reason::kLimitCycle)};
  EXPECT_FALSE(HeldPlanOf(one).SameHoldsAs(HeldPlanOf(other_limit)));
  EXPECT_FALSE(HeldPlanOf(one).SameHoldsAs(HeldPlan()));
}

}  // namespace
}  // namespace idlewarden::agent
