// An agent is killed by SIGKILL at every step of its closes, and at random moments; a next one goes on with its ledger.
//
// The sweep is complete. The soak kills as often as IDLEWARDEN_CRASH_KILLS says, 25 times unless told otherwise, at
// moments that follow from a seed (policy/testing/random_seed.h), as far as a machine's pace can follow from anything:
//   bazel test --test_env=IDLEWARDEN_CRASH_KILLS=200 --test_output=all //tests/crash:crash_test

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/testing/random_seed.h"
#include "tests/crash/agent_run.h"
#include "tests/crash/fleet.h"
#include "tests/crash/promises.h"

namespace idlewarden::crash {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() : folder_(absl::StrCat(std::getenv("TEST_TMPDIR"), "/crash", getpid())) { Renew(); }
  ~CrashTest() override {
    Fleet::Unmake(fleet_);
    std::filesystem::remove_all(folder_);
  }

  // A new fleet and no ledger.
  void Renew() {
    if (fleet_ != nullptr) Fleet::Unmake(fleet_);
    fleet_ = Fleet::Make(kStart);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    next_start_ = kStart;
    next_run_ = 1;
  }

  // Runs follow each other in the fleet's time.
  RunEnd Run(RunOptions options) {
    options.number = next_run_++;
    options.start = next_start_;
    next_start_ += options.length + absl::Seconds(20);
    return RunAgent(*fleet_, ledger(), options);
  }
  std::string ledger() const { return folder_ + "/ledger.db"; }

  std::string folder_;
  Fleet* fleet_ = nullptr;
  absl::Time next_start_;
  int next_run_ = 1;
};

TEST_F(CrashTest, ARunWithoutKillsKeepsThePromisesAndCloses) {
  EXPECT_FALSE(Run({}).killed);
  EXPECT_FALSE(Run({.length = absl::Hours(2)}).killed);  // whoever came back is idle again
  ExpectPromisesKept(*fleet_, ledger());
  int ended = 0;
  for (int pair = 0; pair < kPairs; ++pair) ended += fleet_->EndedOf(pair);
  EXPECT_GE(ended, kPairs);  // half of them, twice
}

TEST_F(CrashTest, KilledAtEachStepOfACloseTheNextRunKeepsThePromises) {
  std::set<Step> killed_at;
  for (int64_t step = 1;; ++step) {
    SCOPED_TRACE(absl::StrCat("killed at step ", step));
    Renew();
    const RunEnd end = Run({.kill_at_step = step});
    if (!end.killed) break;
    killed_at.insert(end.last_step);
    ExpectChainVerifies(ledger());
    EXPECT_FALSE(Run({}).killed);
    ExpectPromisesKept(*fleet_, ledger());
    if (HasFailure()) return;
  }
  EXPECT_EQ(killed_at.size(), static_cast<size_t>(kSteps));
}

TEST_F(CrashTest, KilledAtRandomMomentsAgainAndAgain) {
  int wanted = 25;
  const char* told = std::getenv("IDLEWARDEN_CRASH_KILLS");
  ASSERT_TRUE(told == nullptr || absl::SimpleAtoi(told, &wanted)) << told;
  const uint64_t seed = policy::testing::RandomSeed();
  SCOPED_TRACE(policy::testing::HowToReplay(seed));
  std::mt19937_64 random(seed);
  // Long enough that whoever came back is idle again: every run has something to close.
  const RunOptions whole{.length = absl::Minutes(70)};
  absl::Duration most = Run(whole).took;
  int killed = 0;
  int runs = 1;
  for (; killed < wanted && runs < 20 * wanted; ++runs) {
    RunOptions options = whole;
    options.kill_after =
        absl::Microseconds(std::uniform_int_distribution<int64_t>(1, absl::ToInt64Microseconds(most))(random));
    const RunEnd end = Run(options);
    killed += end.killed;
    if (!end.killed) most = std::min(most, end.took);  // the first one may have had to wait for its turn
    ExpectChainVerifies(ledger());
    if (HasFailure()) return;
  }
  EXPECT_EQ(killed, wanted);
  EXPECT_FALSE(Run(whole).killed);
  ExpectPromisesKept(*fleet_, ledger());
  std::cout << killed << " kills in " << runs << " runs, " << fleet_->Events().size() << " events\n";
}

}  // namespace
}  // namespace idlewarden::crash
