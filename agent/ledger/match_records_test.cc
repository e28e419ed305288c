#include "agent/ledger/match_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/ledger/ledger.h"
#include "agent/ledger/schema.h"

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

TEST(MatchRecordsTest, ConnectionsTellPairsApart) {
  auto ledger = *Ledger::OpenInMemory();
  Database& database = ledger.database();
  MatchKey on_c1 = kAlice;
  on_c1.connection = "c1";
  const MatchTimes since{.since = kAt, .sessions = 1};
  const MatchTimes later{.since = kAt + absl::Minutes(3), .sessions = 2};
  ASSERT_TRUE(WriteMatches(database, {{.server = "fs01", .last = kAt, .set = {{kAlice, since}, {on_c1, later}}}}).ok());
  EXPECT_THAT(ReadMatches(database)->at("fs01").matches, UnorderedElementsAre(Pair(kAlice, since), Pair(on_c1, later)));
  ASSERT_TRUE(WriteMatches(database, {{.server = "fs01", .last = kAt, .removed = {kAlice}}}).ok());
  EXPECT_THAT(ReadMatches(database)->at("fs01").matches, UnorderedElementsAre(Pair(on_c1, later)));
}

TEST(MatchRecordsTest, WhatAnOlderVersionMeasuredIsKept) {
  auto database = *Database::Open(":memory:");
  constexpr int kBefore = 6;
  ASSERT_TRUE(MigrateLedger(database, kBefore).ok());
  ASSERT_TRUE(database
                  .Execute("INSERT INTO match_server (server, last_us) VALUES ('fs01', 1800000000000001);"
                           "INSERT INTO match_pair (server, client, user, rule, since_us, sessions) "
                           "VALUES ('fs01', '10.0.0.5', 'alice', 'f1', 1800000000000001, 2)")
                  .ok());
  ASSERT_TRUE(MigrateLedger(database).ok());
  EXPECT_THAT(ReadMatches(database)->at("fs01").matches,
              UnorderedElementsAre(Pair(kAlice, MatchTimes{.since = kAt, .sessions = 2})));
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
