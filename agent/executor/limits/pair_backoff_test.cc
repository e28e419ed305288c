#include "agent/executor/limits/pair_backoff.h"

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

constexpr absl::Duration kTick = absl::Nanoseconds(1);
const SteadyTime kStart = SteadyTime::AfterOrigin(absl::Seconds(1'800'000'000));
const policy::PairKey kAlice = policy::PairKeyOf("fs01", "10.0.0.5", "alice");
const policy::PairKey kBob = policy::PairKeyOf("fs01", "10.0.0.5", "bob");

TEST(PairBackoffTest, AFailureRestsThePairForItsTime) {
  PairBackoff backoff({.after_failure = absl::Minutes(1)});
  backoff.AfterFailure(kAlice, kStart);
  EXPECT_TRUE(backoff.InBackoff(kAlice, kStart + absl::Minutes(1) - kTick));
  EXPECT_FALSE(backoff.InBackoff(kAlice, kStart + absl::Minutes(1)));
  EXPECT_FALSE(backoff.InBackoff(kBob, kStart));
  EXPECT_EQ(backoff.backed_off(kStart), 0u);  // another kind of rest
}

TEST(PairBackoffTest, TheThirdReturnInARowBacksOffAndEachFurtherOneTwiceAsLong) {
  PairBackoff backoff({.first_backoff = absl::Minutes(5), .longest_backoff = absl::Hours(1)});
  SteadyTime now = kStart;
  for (const int minutes : {0, 0, 5, 10, 20, 40, 60, 60}) {
    backoff.AfterClose(kAlice, now);
    EXPECT_EQ(backoff.AfterReturn(kAlice, now), absl::Minutes(minutes));
    EXPECT_EQ(backoff.InBackoff(kAlice, now), minutes > 0);
    EXPECT_EQ(backoff.backed_off(now), minutes > 0 ? 1u : 0u);
    now += absl::Minutes(minutes);
    EXPECT_FALSE(backoff.InBackoff(kAlice, now));
    EXPECT_EQ(backoff.InBackoff(kAlice, now - kTick), minutes > 0);
  }
}

TEST(PairBackoffTest, ACloseAfterWhichItStayedAwayEndsTheRow) {
  PairBackoff backoff;
  for (int i = 0; i < 2; ++i) {
    backoff.AfterClose(kAlice, kStart);
    backoff.AfterReturn(kAlice, kStart);
  }
  backoff.AfterClose(kAlice, kStart);  // no return
  backoff.AfterClose(kAlice, kStart);
  EXPECT_EQ(backoff.AfterReturn(kAlice, kStart), absl::ZeroDuration());
  EXPECT_FALSE(backoff.InBackoff(kAlice, kStart));
}

TEST(PairBackoffTest, KeepsNothingOfPairsThatAreClosedForGood) {
  PairBackoff backoff;
  backoff.AfterClose(kAlice, kStart);
  EXPECT_EQ(backoff.size(), 0u);
}

TEST(PairBackoffTest, ABackOffThatIsForgottenIsNotCounted) {
  PairBackoff backoff({.first_backoff = absl::Minutes(5), .longest_backoff = absl::Hours(1)});
  for (int i = 0; i < 4; ++i) {
    backoff.AfterClose(kAlice, kStart);
    backoff.AfterReturn(kAlice, kStart);
    backoff.AfterClose(kBob, kStart);
    backoff.AfterReturn(kBob, kStart);
  }
  EXPECT_EQ(backoff.backed_off(kStart), 2u) << "each once, by its newest";
  EXPECT_EQ(backoff.backed_off(kStart + absl::Minutes(10) - kTick), 2u);
  EXPECT_EQ(backoff.backed_off(kStart + absl::Minutes(10)), 0u);
  backoff.Prune(kStart + absl::Hours(24));
  EXPECT_EQ(backoff.size(), 0u);
  EXPECT_EQ(backoff.backed_off(kStart), 0u);
}

TEST(PairBackoffTest, ForgetsWhatNobodyAsksFor) {
  PairBackoff backoff;
  backoff.AfterFailure(kAlice, kStart);
  backoff.AfterClose(kBob, kStart);
  backoff.AfterReturn(kBob, kStart);
  backoff.Prune(kStart + absl::Seconds(59));
  EXPECT_EQ(backoff.size(), 2u);
  backoff.Prune(kStart + absl::Minutes(1));
  EXPECT_EQ(backoff.size(), 1u);  // a row of returns is remembered for longer
  backoff.Prune(kStart + absl::Hours(24) - kTick);
  EXPECT_EQ(backoff.size(), 1u);
  backoff.Prune(kStart + absl::Hours(24));
  EXPECT_EQ(backoff.size(), 0u);
}

}  // namespace
}  // namespace idlewarden::agent
