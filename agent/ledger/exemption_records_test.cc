#include "agent/ledger/exemption_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/ledger/audit_chain.h"
#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kAt = absl::FromUnixSeconds(1'800'000'000);

Exemption Migration() {
  return {.users = {"alice", "ext-*"},
          .clients = {"10.0.0.0/8"},
          .by = "carol",
          .reason = "migration",
          .ticket = "OPS-7",
          .created = kAt,
          .expires = kAt + absl::Hours(8)};
}

TEST(ExemptionRecordsTest, StandsUntilItEnds) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  const auto id = WriteExemption(database, "ams-1", Migration());
  ASSERT_TRUE(id.ok()) << id.status();
  const auto read = *ReadExemptions(database);
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(read[0].id, *id);
  EXPECT_THAT(read[0].users, ElementsAre("alice", "ext-*"));
  EXPECT_THAT(read[0].clients, ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(read[0].servers, IsEmpty());
  EXPECT_EQ(read[0].by, "carol");
  EXPECT_EQ(read[0].ticket, "OPS-7");
  EXPECT_EQ(read[0].expires, kAt + absl::Hours(8));
  const ExemptionEnd end{.at = kAt, .outcome = "exemption-removed", .by = "dave", .reason = "done early"};
  ASSERT_TRUE(EndExemption(database, "ams-1", read[0], end).ok());
  EXPECT_THAT(*ReadExemptions(database), IsEmpty());
  EXPECT_EQ(EndExemption(database, "ams-1", read[0], end).code(), absl::StatusCode::kNotFound);
  EXPECT_NE(*WriteExemption(database, "ams-1", Migration()), *id);
}

TEST(ExemptionRecordsTest, IsAudited) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  Exemption exemption = Migration();
  exemption.id = *WriteExemption(database, "ams-1", exemption);
  ASSERT_TRUE(EndExemption(database, "ams-1", exemption, {.at = kAt, .outcome = "exemption-expired"}).ok());
  std::vector<std::string> acts;
  ASSERT_TRUE(ExportAudit(database, {}, [&](int64_t, const std::string& json) {
                const AuditRecord record = *ParseAuditRecord(json);
                acts.push_back(record.outcome + " " + record.by + ": " + record.message);
              }).ok());
  EXPECT_THAT(acts, ElementsAre("exempted carol: exemption 1: users alice, ext-*; clients 10.0.0.0/8, until "
                                "2027-01-15T16:00:00+00:00 (migration) (ticket OPS-7)",
                                "exemption-expired : exemption 1: users alice, ext-*; clients 10.0.0.0/8"));
  EXPECT_EQ(*VerifyAudit(database), 2);
}

}  // namespace
}  // namespace idlewarden::agent
