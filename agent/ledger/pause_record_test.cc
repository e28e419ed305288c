#include "agent/ledger/pause_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/ledger/audit_chain.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

const absl::Time kAt = absl::FromUnixMicros(1'800'000'000'000'003);

TEST(PauseRecordTest, StandsUntilItEndsAndIsAudited) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  EXPECT_FALSE((*ReadPause(database)).has_value());
  ASSERT_TRUE(WritePause(database, "ams-1", {.since = kAt, .by = "carol", .reason = "first"}).ok());
  ASSERT_TRUE(WritePause(database, "ams-1", {.since = kAt, .by = "dave", .reason = "second"}).ok());
  const auto pause = *ReadPause(database);
  ASSERT_TRUE(pause.has_value());
  EXPECT_EQ(pause->since, kAt);
  EXPECT_EQ(pause->by, "dave");
  EXPECT_EQ(pause->reason, "second");
  ASSERT_TRUE(EndPause(database, "ams-1", kAt + absl::Minutes(5), "erin").ok());
  EXPECT_FALSE((*ReadPause(database)).has_value());
  ASSERT_TRUE(EndPause(database, "ams-1", kAt + absl::Minutes(6), "erin").ok());  // none: no record
  std::vector<std::string> acts;
  ASSERT_TRUE(ExportAudit(database, {}, [&](int64_t, const std::string& json) {
                const AuditRecord record = *ParseAuditRecord(json);
                acts.push_back(record.outcome + " " + record.by + " " + record.message);
              }).ok());
  EXPECT_THAT(acts, ::testing::ElementsAre("paused carol first", "paused dave second", "resumed erin second"));
  EXPECT_EQ(*VerifyAudit(database), 3);
}

}  // namespace
}  // namespace idlewarden::agent
