#include "policy/model/session_table.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/model/known_hosts.h"
#include "policy/model/server_block.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;

TEST(SessionTableTest, GivesBackWhatItWasGiven) {
  Session full = MakeSession("\\\\PC", "CORP\\Bob");
  full.address = "10.0.0.1";
  full.names = {"pc.corp.example", "PC."};
  full.own = true;
  Session bare;
  SessionTable table;
  table.SetServer(MakeServer("s", {full, bare}));
  const Session session = table.server(0).session(0);
  EXPECT_EQ(session.client, "\\\\PC");
  EXPECT_EQ(session.user, "CORP\\Bob");
  EXPECT_EQ(session.idle_seconds, 3600);
  EXPECT_EQ(session.age_seconds, 7200);
  EXPECT_EQ(session.open_files, 0);
  EXPECT_EQ(session.client_type, "");
  EXPECT_EQ(session.transport, "");
  EXPECT_EQ(session.guest, false);
  EXPECT_EQ(session.address, "10.0.0.1");
  EXPECT_EQ(session.names, full.names);
  EXPECT_TRUE(session.own);
  EXPECT_EQ(table.server(0).client(0), "\\\\PC");
  EXPECT_EQ(table.server(0).user(0), "CORP\\Bob");
  const Session unknown = table.server(0).session(1);
  EXPECT_FALSE(unknown.idle_seconds || unknown.age_seconds || unknown.open_files || unknown.client_type ||
               unknown.transport || unknown.guest || unknown.address || unknown.names || unknown.own);
}

TEST(SessionTableTest, RowsAreSharedUntilTheServerIsSetAgain) {
  SessionTable table;
  table.SetServer(MakeServer("s", {MakeSession("c", "u")}));
  const SessionTable before = table;
  table.MarkIncomplete("s");
  EXPECT_TRUE(table.server(0).SharesRowsWith(before.server(0)));
  table.SetServer(MakeServer("s", {MakeSession("c", "u")}));
  EXPECT_FALSE(table.server(0).SharesRowsWith(before.server(0)));
}

TEST(SessionTableTest, ImpossibleNumbersBecomeUnknown) {
  Session session = MakeSession("c", "u");
  session.idle_seconds = -1;
  session.age_seconds = int64_t{1} << 32;
  session.open_files = 0xfffffffe;
  SessionTable table;
  table.SetServer(MakeServer("s", {session}));
  EXPECT_FALSE(table.server(0).session(0).idle_seconds.has_value());
  EXPECT_FALSE(table.server(0).session(0).age_seconds.has_value());
  EXPECT_EQ(table.server(0).session(0).open_files, 0xfffffffe);
}

TEST(SessionTableTest, ServersKeepTheirOrderAndPlace) {
  SessionTable table;
  for (const char* name : {"a", "b", "c"}) table.SetServer(MakeServer(name, {MakeSession("c", name)}));
  table.SetServer(MakeServer("b", {}));
  EXPECT_EQ(table.server_count(), 3u);
  EXPECT_EQ(table.session_count(), 2u);
  EXPECT_EQ(table.FindServer("c"), 2u);
  EXPECT_EQ(table.server(1).size(), 0u);
  table.RemoveServer("a");
  table.RemoveServer("nobody");
  EXPECT_EQ(table.FindServer("a"), std::nullopt);
  EXPECT_EQ(table.FindServer("c"), 1u);
  EXPECT_EQ(table.session_count(), 1u);
}

TEST(SessionTableTest, MarkIncompleteKeepsTheRows) {
  SessionTable table;
  table.SetServer(MakeServer("a", {MakeSession("c", "u")}));
  const SessionTable copy = table;
  table.MarkIncomplete("a");
  table.MarkIncomplete("nobody");
  EXPECT_FALSE(table.server(0).complete());
  EXPECT_EQ(table.server(0).size(), 1u);
  EXPECT_TRUE(copy.server(0).complete());
  EXPECT_EQ(table.server(0).block().rows, copy.server(0).block().rows);  // shared, not copied
}

TEST(SessionTableTest, ReplacingAServerTouchesOnlyItsRows) {
  SessionTable table;
  table.SetServer(MakeServer("a", {MakeSession("c", "u")}));
  table.SetServer(MakeServer("b", {MakeSession("d", "v")}));
  const auto rows_of_a = table.server(0).block().rows;
  table.SetServer(MakeServer("b", {MakeSession("e", "w"), MakeSession("c", "u")}));
  EXPECT_EQ(table.server(0).block().rows, rows_of_a);
  EXPECT_EQ(table.server(1).session(0).user, "w");
}

TEST(SessionTableTest, AUserIsSplitAsItsServerSays) {
  ServerSnapshot winbind = MakeServer("samba", {MakeSession("c", "CORP+sql$")});
  winbind.domain_separator = "+";
  const SessionTable table = MakeTable({MakeServer("windows", {MakeSession("c", "CORP+sql$")}), winbind});
  const auto user = [&](size_t server) -> const UserValue& {
    return table.server(server).pools().users()[table.server(server).block().rows->user[0]];
  };
  EXPECT_EQ(user(0).account(), "corp+sql$");
  EXPECT_FALSE(user(0).has_domain());
  EXPECT_EQ(user(1).account(), "sql$");
  EXPECT_EQ(user(1).domain(), "corp");
  EXPECT_EQ(table.server(1).domain_separator(), "+");
  SessionTable copy = table;
  copy.SetServer(MakeServer("other", {}));  // interns anew
  EXPECT_EQ(copy.server(1).pools().users()[copy.server(1).block().rows->user[0]].account(), "sql$");
}

TEST(SessionTableTest, KnownHostsStayTheSameUntilTheyDiffer) {
  const IpAddress one = *IpAddress::Parse("10.0.0.1");
  const IpAddress two = *IpAddress::Parse("10.0.0.2");
  SessionTable table;
  table.SetHosts({});
  EXPECT_EQ(table.hosts(), nullptr);
  table.SetHosts({{"PC-1", {two, one}}, {"pc-1.", {one}}});
  const KnownHosts* hosts = table.hosts();
  EXPECT_EQ(*hosts->Find("pc-1"), (std::vector<IpAddress>{one, two}));
  EXPECT_EQ(hosts->Find("pc-2"), nullptr);
  table.SetHosts({{"pc-1", {one, two, two}}});
  EXPECT_EQ(table.hosts(), hosts);
  const SessionTable copy = table;
  table.SetHosts({{"pc-1", {}}});
  EXPECT_NE(table.hosts()->serial(), copy.hosts()->serial());
  EXPECT_EQ(copy.hosts(), hosts);
}

TEST(SessionTableTest, PairsAreTheSameInAnyNormalFormAndWithATrailingDot) {
  SessionTable table;
  table.SetServer(MakeServer("a", {MakeSession("PC-1.lab", "J\u00D6rg"), MakeSession("\\\\pc-1.lab.", "jo\u0308rg"),
                                   MakeSession("pc-1", "j\u00F6rg")}));
  EXPECT_EQ(table.server(0).block().rows->pair, (std::vector<uint32_t>{0, 0, 1}));
}

TEST(SessionTableTest, GroupsIgnoreCaseAndSpelling) {
  SessionTable table;
  table.SetServer(MakeServer("a", {MakeSession("\\\\10.0.0.1", "Bob"), MakeSession("::ffff:10.0.0.1", "BOB"),
                                   MakeSession("10.0.0.1", "eve"), MakeSession("10.0.0.2", "bob")}));
  const SessionRows& rows = *table.server(0).block().rows;
  EXPECT_EQ(rows.pair, (std::vector<uint32_t>{0, 0, 1, 2}));
  EXPECT_EQ(rows.client_group, (std::vector<uint32_t>{0, 0, 0, 1}));
  EXPECT_EQ(rows.user_sessions[rows.user_group[3]], 3u);
  EXPECT_EQ(rows.pair_count, 3u);
  EXPECT_EQ(rows.client_count, 2u);
}

TEST(SessionTableTest, ConnectionsTellPairsApartWhereACloseEndsOne) {
  ServerSnapshot server = MakeServer("a", {MakeSession("pc", "bob"), MakeSession("PC", "bob"), MakeSession("pc", "bob"),
                                           MakeSession("pc", "bob"), MakeSession("pc2", "eve")});
  server.sessions[0].connection = server.sessions[3].connection = server.sessions[4].connection = "c1";
  server.sessions[1].connection = "C1";
  server.close_scope = CloseScope::kConnection;
  SessionTable table;
  table.SetServer(server);
  const SessionRows& rows = *table.server(0).block().rows;
  EXPECT_EQ(rows.pair, (std::vector<uint32_t>{0, 1, 2, 0, 3}));
  EXPECT_EQ(rows.pair_count, 4u);
  EXPECT_EQ(rows.connection_group, (std::vector<uint32_t>{0, 1, kNoId, 0, 0}));
  EXPECT_EQ(rows.connection_count, 2u);
  EXPECT_EQ(table.server(0).pair_connection(1), "C1");
  EXPECT_EQ(table.server(0).pair_connection(2), std::nullopt);
  // Elsewhere they are only kept.
  server.close_scope = CloseScope::kPair;
  table.SetServer(server);
  EXPECT_EQ(table.server(0).block().rows->pair_count, 2u);
  EXPECT_EQ(table.server(0).pair_connection(1), std::nullopt);
  EXPECT_EQ(table.server(0).session(1).connection, "C1");
  EXPECT_EQ(table.server(0).session(2).connection, std::nullopt);
}

TEST(SessionTableTest, ServersWithoutThemHaveNoColumnOfConnections) {
  Session session = MakeSession("pc", "bob");
  session.connection = "";
  SessionTable table;
  table.SetServer(MakeServer("a", {session}));
  EXPECT_TRUE(table.server(0).block().rows->connection.empty());
  EXPECT_FALSE(table.server(0).block().rows->has_idle_bounds);
  session.idle_bound = IdleBound::kAtLeast;
  table.SetServer(MakeServer("a", {session}));
  EXPECT_TRUE(table.server(0).block().rows->has_idle_bounds);
  EXPECT_EQ(table.server(0).session(0).idle_bound, IdleBound::kAtLeast);
}

TEST(SessionTableTest, OnlyTheEmptyUserIsUnknown) {
  const auto known = [](std::vector<Session> sessions) {
    const SessionTable table = MakeTable({MakeServer("other", {MakeSession("pc", "")}), MakeServer("s", sessions)});
    const SessionRows& rows = *table.server(1).block().rows;
    std::vector<int> known;
    for (const uint32_t group : rows.user_group) known.push_back(rows.user_known[group]);
    return known;
  };
  EXPECT_EQ(known({MakeSession("pc", "bob"), MakeSession("pc", ""), MakeSession("pc2", ""), MakeSession("pc", "BOB")}),
            (std::vector<int>{1, 0, 0, 1}));
  EXPECT_EQ(known({MakeSession("pc", "bob"), MakeSession("pc", " ")}), (std::vector<int>{1, 1}));
}

TEST(SessionTableTest, ACopyAndItsOriginalChangeApart) {
  SessionTable table;
  table.SetServer(MakeServer("a", {MakeSession("c", "u")}));
  SessionTable copy = table;
  copy.SetServer(MakeServer("b", {MakeSession("d", "v")}));
  table.SetServer(MakeServer("a", {MakeSession("e", "w")}));
  EXPECT_EQ(copy.server_count(), 2u);
  EXPECT_EQ(copy.server(0).session(0).user, "u");
  EXPECT_EQ(copy.server(1).session(0).user, "v");
  EXPECT_EQ(table.server(0).session(0).user, "w");
}

TEST(SessionTableTest, ACopyMayBeReadWhileTheOriginalChanges) {
  SessionTable table;
  table.SetServer(MakeServer("a", {MakeSession("client", "user")}));
  for (int round = 0; round < 50; ++round) {
    std::thread reader([copy = table, round] {
      for (size_t i = 0; i < copy.server_count(); ++i) {
        for (size_t row = 0; row < copy.server(i).size(); ++row) EXPECT_FALSE(copy.server(i).session(row).user.empty());
      }
      EXPECT_EQ(copy.session_count(), 1u + round);
    });
    table.SetServer(
        MakeServer(absl::StrCat("s", round), {MakeSession(absl::StrCat("c", round), absl::StrCat("u", round))}));
    reader.join();
  }
}

TEST(SessionTableTest, StringsThatNobodyUsesAreDropped) {
  SessionTable table;
  table.SetServer(MakeServer("keep", {MakeSession("client", "user")}));
  for (int round = 0; round < 140; ++round) {
    std::vector<Session> sessions;
    for (int i = 0; i < 500; ++i) sessions.push_back(MakeSession(absl::StrCat("c", round, "-", i), "u"));
    table.SetServer(MakeServer("churn", std::move(sessions)));
  }
  EXPECT_LT(table.server(0).pools().clients().size(), 65000u);
  EXPECT_EQ(table.server(0).session(0).client, "client");
  EXPECT_EQ(table.server(1).session(499).client, "c139-499");
}

TEST(SessionTableTest, NamesThatNoClientHasAnyMoreAreDropped) {
  SessionTable table;
  for (int round = 0; round < 140; ++round) {
    std::vector<Session> sessions;
    for (int i = 0; i < 500; ++i) {
      sessions.push_back(MakeSession(absl::StrCat("10.0.", i / 250, ".", i % 250), "u"));
      sessions.back().names = {absl::StrCat("pc-", round, "-", i)};
    }
    table.SetServer(MakeServer("churn", std::move(sessions)));
  }
  EXPECT_LT(table.server(0).pools().clients().size(), 68000u);
  EXPECT_EQ(table.server(0).session(499).names, std::vector<std::string>{"pc-139-499"});
}

}  // namespace
}  // namespace idlewarden::policy
