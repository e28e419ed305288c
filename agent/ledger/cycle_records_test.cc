#include "agent/ledger/cycle_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

std::vector<std::string> Cycles(Database& database, absl::Time since) {
  std::vector<std::string> cycles;
  EXPECT_TRUE(ReadCycles(database, since, [&](const CycleRecord& cycle) {
                cycles.push_back(absl::StrCat(cycle.agent, " ", cycle.plan_id, " ", cycle.policy_hash, " ", cycle.close,
                                              " ", cycle.would_close, " ", cycle.held, " ", cycle.pending, " ",
                                              cycle.keep));
              }).ok());
  return cycles;
}

TEST(CycleRecordsTest, AreReadAsWrittenAndPruned) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(WriteCycle(database, {.at = kStart + absl::Hours(i),
                                      .agent = "ams-1",
                                      .plan_id = absl::StrCat("p", i),
                                      .policy_hash = "aa",
                                      .close = 1,
                                      .would_close = 2,
                                      .held = 3,
                                      .pending = 4,
                                      .keep = i})
                    .ok());
  }
  EXPECT_THAT(Cycles(database, absl::InfinitePast()),
              ElementsAre("ams-1 p0 aa 1 2 3 4 0", "ams-1 p1 aa 1 2 3 4 1", "ams-1 p2 aa 1 2 3 4 2"));
  EXPECT_THAT(Cycles(database, kStart + absl::Hours(2)), ElementsAre("ams-1 p2 aa 1 2 3 4 2"));
  ASSERT_TRUE(ledger.Prune(kStart + absl::Hours(1)).ok());
  EXPECT_THAT(Cycles(database, absl::InfinitePast()), ElementsAre("ams-1 p1 aa 1 2 3 4 1", "ams-1 p2 aa 1 2 3 4 2"));
}

}  // namespace
}  // namespace idlewarden::agent
