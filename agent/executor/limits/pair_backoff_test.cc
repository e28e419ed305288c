#include "agent/executor/limits/pair_backoff.h"

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kTick = absl::Nanoseconds(1);
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
const policy::PairKey kAlice = policy::PairKeyOf("fs01", "10.0.0.5", "alice");
const policy::PairKey kBob = policy::PairKeyOf("fs01", "10.0.0.5", "bob");

TEST(PairRestsTest, AFailureRestsThePairForItsTime) {
  PairBackoff rests({.after_failure = absl::Minutes(1)});
  rests.AfterFailure(kAlice, kStart);
  EXPECT_TRUE(rests.InBackoff(kAlice, kStart + absl::Minutes(1) - kTick));
  EXPECT_FALSE(rests.InBackoff(kAlice, kStart + absl::Minutes(1)));
  EXPECT_FALSE(rests.InBackoff(kBob, kStart));
  EXPECT_EQ(rests.backed_off(kStart), 0u);  // another kind of rest
}

TEST(PairRestsTest, TheThirdReturnInARowBacksOffAndEachFurtherOneTwiceAsLong) {
  PairBackoff rests({.first_backoff = absl::Minutes(5), .longest_backoff = absl::Hours(1)});
  absl::Time now = kStart;
  for (const int minutes : {0, 0, 5, 10, 20, 40, 60, 60}) {
    rests.AfterClose(kAlice, now);
    EXPECT_EQ(rests.AfterReturn(kAlice, now), absl::Minutes(minutes));
    EXPECT_EQ(rests.InBackoff(kAlice, now), minutes > 0);
    EXPECT_EQ(rests.backed_off(now), minutes > 0 ? 1u : 0u);
    now += absl::Minutes(minutes);
    EXPECT_FALSE(rests.InBackoff(kAlice, now));
    EXPECT_EQ(rests.InBackoff(kAlice, now - kTick), minutes > 0);
  }
}

TEST(PairRestsTest, ACloseAfterWhichItStayedAwayEndsTheRow) {
  PairBackoff rests;
  for (int i = 0; i < 2; ++i) {
    rests.AfterClose(kAlice, kStart);
    rests.AfterReturn(kAlice, kStart);
  }
  rests.AfterClose(kAlice, kStart);  // no return
  rests.AfterClose(kAlice, kStart);
  EXPECT_EQ(rests.AfterReturn(kAlice, kStart), absl::ZeroDuration());
  EXPECT_FALSE(rests.InBackoff(kAlice, kStart));
}

TEST(PairRestsTest, KeepsNothingOfPairsThatAreClosedForGood) {
  PairBackoff rests;
  rests.AfterClose(kAlice, kStart);
  EXPECT_EQ(rests.size(), 0u);
}

TEST(PairRestsTest, ABackOffThatIsForgottenIsNotCounted) {
  PairBackoff rests({.first_backoff = absl::Minutes(5), .longest_backoff = absl::Hours(1)});
  for (int i = 0; i < 4; ++i) {
    rests.AfterClose(kAlice, kStart);
    rests.AfterReturn(kAlice, kStart);
    rests.AfterClose(kBob, kStart);
    rests.AfterReturn(kBob, kStart);
  }
  EXPECT_EQ(rests.backed_off(kStart), 2u) << "each once, by its newest";
  EXPECT_EQ(rests.backed_off(kStart + absl::Minutes(10) - kTick), 2u);
  EXPECT_EQ(rests.backed_off(kStart + absl::Minutes(10)), 0u);
  rests.Prune(kStart + absl::Hours(24));
  EXPECT_EQ(rests.size(), 0u);
  EXPECT_EQ(rests.backed_off(kStart), 0u);
}

TEST(PairRestsTest, ForgetsWhatNobodyAsksFor) {
  PairBackoff rests;
  rests.AfterFailure(kAlice, kStart);
  rests.AfterClose(kBob, kStart);
  rests.AfterReturn(kBob, kStart);
  rests.Prune(kStart + absl::Seconds(59));
  EXPECT_EQ(rests.size(), 2u);
  rests.Prune(kStart + absl::Minutes(1));
  EXPECT_EQ(rests.size(), 1u);  // a row of returns is remembered for longer
  rests.Prune(kStart + absl::Hours(24) - kTick);
  EXPECT_EQ(rests.size(), 1u);
  rests.Prune(kStart + absl::Hours(24));
  EXPECT_EQ(rests.size(), 0u);
}

}  // namespace
}  // namespace idlewarden::agent
