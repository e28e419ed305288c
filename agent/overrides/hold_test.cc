#include "agent/overrides/hold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);

std::vector<std::string> Sentences(const Holds& holds) {
  std::vector<std::string> sentences;
  for (const Hold& hold : holds.all()) sentences.push_back(HoldSentence(hold));
  return sentences;
}

TEST(HoldsTest, EachCauseHoldsUntilItEnds) {
  Holds holds;
  EXPECT_FALSE(holds.any());
  EXPECT_TRUE(holds.Begin({.cause = HoldCause::kHoldFile, .reason = "storage move", .since = kAt}));
  EXPECT_TRUE(holds.Begin({.cause = HoldCause::kPaused, .by = "carol", .since = kAt}));
  EXPECT_THAT(Sentences(holds), ElementsAre("Paused by carol: nothing is closed",
                                            "Held by the hold file: nothing is closed. Reason: storage move"));
  EXPECT_TRUE(holds.End(HoldCause::kHoldFile));
  EXPECT_TRUE(holds.any());
  EXPECT_FALSE(holds.End(HoldCause::kHoldFile));
  EXPECT_TRUE(holds.End(HoldCause::kPaused));
  EXPECT_FALSE(holds.any());
}

TEST(HoldsTest, AnotherReasonKeepsTheTime) {
  Holds holds;
  holds.Begin({.cause = HoldCause::kInhibitor, .reason = "one", .since = kAt});
  EXPECT_FALSE(holds.Begin({.cause = HoldCause::kInhibitor, .reason = "one", .since = kAt + absl::Seconds(5)}));
  EXPECT_TRUE(holds.Begin({.cause = HoldCause::kInhibitor, .reason = "two", .since = kAt + absl::Seconds(9)}));
  ASSERT_EQ(holds.all().size(), 1u);
  EXPECT_EQ(holds.all()[0].reason, "two");
  EXPECT_EQ(holds.all()[0].since, kAt);
  EXPECT_EQ(FindHold(holds.all(), HoldCause::kInhibitor), &holds.all()[0]);
  EXPECT_EQ(FindHold(holds.all(), HoldCause::kPaused), nullptr);
}

TEST(HoldsTest, NamesAreDistinct) {
  std::vector<absl::string_view> names;
  for (const HoldCause cause : kHoldCauses) names.push_back(HoldCauseName(cause));
  EXPECT_THAT(names, ElementsAre("paused", "hold-file", "inhibitor", "ledger"));
}

}  // namespace
}  // namespace idlewarden::agent
