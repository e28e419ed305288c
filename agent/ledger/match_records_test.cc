#include "agent/ledger/match_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/ledger/ledger.h"

namespace idlewarden::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const absl::Time kAt = absl::FromUnixMicros(1'800'000'000'000'001);
const MatchKey kAlice{.client = "10.0.0.5", .user = "alice", .rule = "f1"};
const MatchKey kBob{.client = "10.0.0.6", .user = "bob", .rule = "f1"};

TEST(MatchRecordsTest, ChangesAddUp) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  const MatchTimes since{.since = kAt, .sessions = 2};
  ASSERT_TRUE(WriteMatches(database, {{.server = "fs01", .last = kAt, .set = {{kAlice, since}, {kBob, since}}},
                                      {.server = "fs02", .last = kAt, .set = {{kBob, since}}}})
                  .ok());
  const MatchTimes later{.since = kAt + absl::Minutes(3), .sessions = 1};
  ASSERT_TRUE(
      WriteMatches(database,
                   {{.server = "fs01", .last = kAt + absl::Minutes(5), .removed = {kAlice}, .set = {{kBob, later}}},
                    {.server = "fs02", .forgotten = true}})
          .ok());
  const auto servers = ReadMatches(database);
  ASSERT_TRUE(servers.ok()) << servers.status();
  ASSERT_THAT(*servers, SizeIs(1));
  EXPECT_EQ(servers->at("fs01").last, kAt + absl::Minutes(5));
  EXPECT_THAT(servers->at("fs01").matches, UnorderedElementsAre(Pair(kBob, later)));
}

TEST(MatchRecordsTest, OldOnesArePruned) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  ASSERT_TRUE(WriteMatches(database, {{.server = "old", .last = kAt, .set = {{kAlice, {.since = kAt}}}},
                                      {.server = "new", .last = kAt + absl::Hours(1), .set = {{kBob, {.since = kAt}}}}})
                  .ok());
  ASSERT_TRUE(PruneMatches(database, kAt + absl::Microseconds(1)).ok());
  const auto servers = *ReadMatches(database);
  ASSERT_THAT(servers, SizeIs(1));
  EXPECT_EQ(servers.begin()->first, "new");
  ASSERT_TRUE(PruneMatches(database, kAt + absl::Hours(2)).ok());
  EXPECT_THAT(*ReadMatches(database), IsEmpty());
}

TEST(MatchRecordsTest, AllOfACycleIsWrittenOrNothing) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  ASSERT_TRUE(database
                  .Execute("CREATE TRIGGER refuse BEFORE INSERT ON match_pair WHEN new.server = 'fs02' "
                           "BEGIN SELECT RAISE(ABORT, 'no'); END")
                  .ok());
  EXPECT_FALSE(WriteMatches(database, {{.server = "fs01", .last = kAt, .set = {{kAlice, {.since = kAt}}}},
                                       {.server = "fs02", .last = kAt, .set = {{kAlice, {.since = kAt}}}}})
                   .ok());
  EXPECT_THAT(*ReadMatches(database), IsEmpty());
}

}  // namespace
}  // namespace idlewarden::agent
