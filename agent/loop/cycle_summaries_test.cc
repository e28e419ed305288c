#include "agent/loop/cycle_summaries.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "agent/ledger/cycle_records.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class CycleSummariesTest : public ::testing::Test {
 protected:
  void Cycle(const std::string& plan, size_t held, size_t keep, absl::Time at) {
    policy::Plan made{.id = plan, .policy_hash = "aa", .at = at};
    made.sessions_by_decision[static_cast<size_t>(policy::Decision::kHeld)] = held;
    made.sessions_by_decision[static_cast<size_t>(policy::Decision::kKeep)] = keep;
    EXPECT_TRUE(summaries_.OnCycle(made, at).ok());
  }

  std::string Written() {
    std::string written;
    EXPECT_TRUE(ReadCycles(ledger_.database(), absl::InfinitePast(), [&](const CycleRecord& cycle) {
                  absl::StrAppend(&written, cycle.plan_id, " held ", cycle.held, " keep ", cycle.keep, "; ");
                }).ok());
    return written;
  }

  Ledger ledger_ = *Ledger::OpenInMemory();
  CycleSummaries summaries_{ledger_, "ams-1"};
};

TEST_F(CycleSummariesTest, WritesWhatChangedAtMostOnceAMinute) {
  Cycle("p1", 0, 10, kStart);
  Cycle("p2", 3, 7, kStart + absl::Seconds(59));  // too soon
  EXPECT_EQ(Written(), "p1 held 0 keep 10; ");
  Cycle("p2", 3, 8, kStart + absl::Seconds(60));
  Cycle("p2", 3, 8, kStart + absl::Minutes(5));  // nothing changed
  Cycle("p2", 3, 9, kStart + absl::Minutes(6));
  EXPECT_EQ(Written(), "p1 held 0 keep 10; p2 held 3 keep 8; p2 held 3 keep 9; ");
}

TEST_F(CycleSummariesTest, AnErrorIsToldAndTheNextCycleTriesAgain) {
  ASSERT_TRUE(ledger_.database().Execute("PRAGMA query_only=1").ok());
  const policy::Plan plan{.id = "p1", .policy_hash = "aa", .at = kStart};
  EXPECT_FALSE(summaries_.OnCycle(plan, kStart).ok());
  ASSERT_TRUE(ledger_.database().Execute("PRAGMA query_only=0").ok());
  Cycle("p1", 0, 1, kStart + absl::Seconds(1));
  EXPECT_EQ(Written(), "p1 held 0 keep 1; ");
}

}  // namespace
}  // namespace idlewarden::agent
