#include "policy/planner/decisions.h"

#include <gtest/gtest.h>

namespace idlewarden::policy {
namespace {

constexpr SessionDecision kKept = {Decision::kKeep, Reason::kNoRule, -1};
constexpr SessionDecision kClosed = {Decision::kClose, Reason::kMatched, 0};

TEST(DecisionsTest, CountsThoseOfAServer) {
  Decisions decisions(2);
  EXPECT_TRUE(decisions[0].empty());
  EXPECT_EQ(decisions.Count(0, Decision::kKeep), 0u);
  decisions.Set(1, {kKept, kClosed, kKept});
  EXPECT_EQ(decisions.Count(1, Decision::kKeep), 2u);
  EXPECT_EQ(decisions.Count(1, Decision::kClose), 1u);
  EXPECT_EQ(decisions.Count(1, Decision::kHeld), 0u);
  EXPECT_TRUE(decisions[0].empty()) << "servers have nothing to do with each other";
}

TEST(DecisionsTest, CountsWhatProtectionsKeepForWantOfKnowledge) {
  Decisions decisions(2);
  const SessionDecision unknown_by_3{Decision::kKeep, Reason::kProtectedUnknown, 3};
  const SessionDecision unknown_by_1{Decision::kKeep, Reason::kProtectedUnknown, 1};
  const SessionDecision protected_by_2{Decision::kKeep, Reason::kProtected, 2};
  decisions.Set(1, {unknown_by_3, protected_by_2, unknown_by_1, kClosed, unknown_by_3});
  EXPECT_EQ(decisions.of(1)->protected_unknown(), (std::vector<ServerDecisions::ProtectedUnknown>{{1, 1}, {3, 2}}));
  EXPECT_TRUE(decisions.of(0)->protected_unknown().empty());
}

TEST(DecisionsTest, ACopyKeepsWhatTheOriginalReplaces) {
  Decisions decisions(1);
  decisions.Set(0, {kClosed});
  const Decisions copy = decisions;
  EXPECT_EQ(copy.of(0), decisions.of(0)) << "shared";
  decisions.Set(0, {kKept});
  EXPECT_EQ(copy[0][0], kClosed);
  EXPECT_FALSE(copy == decisions);
}

TEST(DecisionsTest, EqualByContentWhetherSharedOrNot) {
  Decisions a(2);
  Decisions b(2);
  a.Set(0, {kClosed});
  b.Share(0, a.of(0));
  EXPECT_TRUE(a == b);
  b.Set(0, {kClosed});
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(SameDecisions(a, 1, b, 1));
  EXPECT_FALSE(SameDecisions(a, 0, b, 1));
  EXPECT_FALSE(a == Decisions(1));
}

}  // namespace
}  // namespace idlewarden::policy
