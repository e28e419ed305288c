#include "agent/ledger/demotion_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/ledger/audit_chain.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

const absl::Time kAt = absl::FromUnixMicros(1'800'000'000'000'005);

TEST(DemotionRecordsTest, StandUntilTheyEndAndAreAudited) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  ASSERT_TRUE(WriteDemotion(database, "ams-1", {.rule = "kiosks", .since = kAt, .why = "5 of 6 went wrong"}).ok());
  const auto demotions = *ReadDemotions(database);
  ASSERT_EQ(demotions.size(), 1u);
  EXPECT_EQ(demotions[0].rule, "kiosks");
  EXPECT_EQ(demotions[0].since, kAt);
  EXPECT_EQ(demotions[0].why, "5 of 6 went wrong");
  ASSERT_TRUE(EndDemotion(database, "ams-1", "kiosks", kAt, "carol", "right granted").ok());
  EXPECT_TRUE(ReadDemotions(database)->empty());
  EXPECT_EQ(EndDemotion(database, "ams-1", "kiosks", kAt, "carol", "").code(), absl::StatusCode::kNotFound);
  std::vector<std::string> acts;
  ASSERT_TRUE(ExportAudit(database, {}, [&](int64_t, const std::string& json) {
                const AuditRecord record = *ParseAuditRecord(json);
                acts.push_back(record.outcome + " " + record.rule + " " + record.by + " " + record.message);
              }).ok());
  EXPECT_THAT(acts, ::testing::ElementsAre("rule-demoted kiosks  5 of 6 went wrong",
                                           "rule-restored kiosks carol right granted"));
  EXPECT_EQ(*VerifyAudit(database), 2);
}

}  // namespace
}  // namespace idlewarden::agent
