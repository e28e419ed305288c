// Reader and writer of snapshot files together.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/model/ip.h"
#include "policy/model/known_hosts.h"
#include "policy/snapshot/snapshot_reader.h"
#include "policy/snapshot/snapshot_writer.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::string_view kExample = R"({"version": 1, "taken_at": "2026-11-22T10:00:00Z", "servers": [
  {"name": "fs01", "labels": {"site": "ams"}, "complete": true, "close_scope": "pair",
   "sessions": [
     {"client": "\\\\10.20.0.5", "user": "alice", "idle_seconds": 1900, "age_seconds": 7200,
      "open_files": 0, "client_type": "", "transport": "", "guest": false, "address": null,
      "names": ["pc-17.corp.example"], "idle_bound": "exact", "connection": "c1"}]}]})";

Session OnlySession(absl::string_view json) {
  const auto snapshots = ReadSnapshots(std::string(json));
  EXPECT_TRUE(snapshots.ok()) << snapshots.status();
  return snapshots.ok() ? snapshots->at(0).servers.at(0).sessions.at(0) : Session();
}

std::string WithSession(absl::string_view members) {
  return absl::StrCat(R"({"servers":[{"name":"fs01","sessions":[{"client":"c","user":"u"},{)", members, "}]}]}");
}

std::string ErrorOf(absl::string_view json) {
  const auto snapshots = ReadSnapshots(std::string(json));
  return snapshots.ok() ? "no error" : std::string(snapshots.status().message());
}

TEST(SnapshotReaderTest, ReadsTheExampleOfTheLanguage) {
  const auto snapshots = ReadSnapshots(std::string(kExample));
  ASSERT_TRUE(snapshots.ok()) << snapshots.status();
  ASSERT_THAT(*snapshots, SizeIs(1));
  EXPECT_EQ(snapshots->at(0).taken_at, testing::MustParseTime("2026-11-22T10:00:00Z"));
  const ServerSnapshot& server = snapshots->at(0).servers.at(0);
  EXPECT_EQ(server.name, "fs01");
  EXPECT_EQ(server.labels.at("site"), "ams");
  EXPECT_TRUE(server.complete);
  EXPECT_EQ(server.close_scope, CloseScope::kPair);
  const Session& session = server.sessions.at(0);
  EXPECT_EQ(session.client, "\\\\10.20.0.5");
  EXPECT_EQ(session.idle_seconds, 1900);
  EXPECT_EQ(session.age_seconds, 7200);
  EXPECT_EQ(session.open_files, 0);
  EXPECT_EQ(session.client_type, "");
  EXPECT_EQ(session.guest, false);
  EXPECT_EQ(session.address, std::nullopt);
  EXPECT_EQ(session.names, std::vector<std::string>{"pc-17.corp.example"});
  EXPECT_EQ(session.idle_bound, IdleBound::kExact);
  EXPECT_EQ(session.connection, "c1");
}

TEST(SnapshotReaderTest, NamesBoundsAndConnections) {
  const auto session = [](absl::string_view members) {
    return OnlySession(
        absl::StrCat(R"({"servers":[{"name":"s","close_scope":"connection","sessions":[{)", members, "}]}]}"));
  };
  EXPECT_EQ(session(R"("idle_bound":"at-least")").idle_bound, IdleBound::kAtLeast);
  EXPECT_EQ(session(R"("idle_bound":"at-least","idle_bound":null)").idle_bound, IdleBound::kExact);
  EXPECT_EQ(session(R"("names":[])").names, std::vector<std::string>());  // known to have none
  EXPECT_EQ(session(R"("names":["a"],"names":null)").names, std::nullopt);
  EXPECT_EQ(session(R"("connection":null)").connection, std::nullopt);
  EXPECT_EQ(session(R"("connection":"")").connection, std::nullopt);
  const auto read = ReadSnapshots(R"({"servers":[{"name":"s","close_scope":"connection","domain_separator":"+"},)"
                                  R"({"name":"t","close_scope":null,"domain_separator":null}]})");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).servers.at(0).close_scope, CloseScope::kConnection);
  EXPECT_EQ(read->at(0).servers.at(0).domain_separator, "+");
  EXPECT_EQ(read->at(0).servers.at(1).close_scope, CloseScope::kPair);
  EXPECT_EQ(read->at(0).servers.at(1).domain_separator, "");
}

TEST(SnapshotReaderTest, HostsAreFoldedAndBelongToTheirSnapshot) {
  const std::string first = R"({"hosts":{"Backup01.corp.example.":["10.77.0.5","2001:DB8::5"],"gone":null,"none":[],)"
                            R"("BACKUP01.corp.example":["10.77.0.6"]},"servers":[]})";
  const std::string text = absl::StrCat(first, "\n", R"({"servers":[],"hosts":{"b":["::ffff:10.0.0.1"]}})", "\n",
                                        R"({"hosts":{"b":["10.0.0.1"]},"servers":[],"hosts":null})", "\n");
  const auto values = ReadSnapshots(text);
  const auto tables = ReadSnapshotTables(text);
  ASSERT_TRUE(values.ok() && tables.ok()) << values.status();
  const HostAddresses expected{
      {"backup01.corp.example",
       {*IpAddress::Parse("10.77.0.5"), *IpAddress::Parse("2001:db8::5"), *IpAddress::Parse("10.77.0.6")}},
      {"none", {}}};
  EXPECT_EQ(values->at(0).hosts, expected);
  EXPECT_EQ(values->at(1).hosts, (HostAddresses{{"b", {*IpAddress::Parse("10.0.0.1")}}}));
  EXPECT_TRUE(values->at(2).hosts.empty());
  EXPECT_THAT(*tables->at(0).table.hosts()->Find("backup01.corp.example"), SizeIs(3));
  EXPECT_THAT(*tables->at(0).table.hosts()->Find("none"), SizeIs(0));
  EXPECT_EQ(tables->at(0).table.hosts()->Find("b"), nullptr);
  EXPECT_THAT(*tables->at(1).table.hosts()->Find("b"), SizeIs(1));
}

TEST(SnapshotReaderTest, ErrorsInHostsNameTheHost) {
  EXPECT_EQ(ErrorOf(R"({"servers":[],"hosts":{"a":["10.0.0.1"],"b":["10.0.0"]}})"),
            "the host \"b\": \"10.0.0\" is not an IP address");
  for (const char* addresses : {"\"10.0.0.1\"", "[5]", "[null]", "{}", "[[]]", "[\"10.0.0.0/8\"]"}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(R"({"servers":[],"hosts":{"b":)", addresses, "}}")), HasSubstr("the host \"b\""))
        << addresses;
  }
  EXPECT_THAT(ErrorOf(R"({"servers":[],"hosts":[]})"), HasSubstr("an object for hosts"));
}

TEST(SnapshotReaderTest, AbsentAndNullAreUnknown) {
  const Session session = OnlySession(
      R"({"servers":[{"name":"s","complete":null,"labels":null,"sessions":[{"client":null,"idle_seconds":null}]}]})");
  EXPECT_EQ(session.client, "");
  EXPECT_EQ(session.user, "");
  EXPECT_TRUE(session.client_absent && session.user_absent);
  const Session empty = OnlySession(R"({"servers":[{"name":"s","sessions":[{"client":"","user":""}]}]})");
  EXPECT_FALSE(empty.client_absent || empty.user_absent);
  EXPECT_FALSE(session.idle_seconds.has_value());
  EXPECT_FALSE(session.client_type.has_value());
  EXPECT_FALSE(session.guest.has_value());
}

TEST(SnapshotReaderTest, UnknownMembersAreIgnored) {
  const Session session = OnlySession(
      R"({"new":[{}],"servers":[{"name":"s","x":{"a":[1]},"sessions":[{"user":"u","z":{"idle_seconds":"x"}}]}]})");
  EXPECT_EQ(session.user, "u");
}

TEST(SnapshotReaderTest, WrongTypesNameServerAndSession) {
  EXPECT_EQ(ErrorOf(WithSession(R"("client":"pc","user":"bob","idle_seconds":"5")")),
            "server 1 \"fs01\": session 2 (client \"pc\", user \"bob\"): a whole number for "
            "idle_seconds was expected");
  for (const char* members : {R"("client":5)", R"("user":["a"])", R"("idle_seconds":1.5)", R"("idle_seconds":{})",
                              R"("age_seconds":[1])", R"("open_files":true)", R"("guest":"no")", R"("address":1)",
                              R"("client_type":{})", R"("names":"pc")", R"("names":[1])", R"("names":[null])",
                              R"("connection":1)", R"("idle_bound":true)", R"("idle_bound":"about")"}) {
    EXPECT_THAT(ErrorOf(WithSession(members)), HasSubstr("server 1 \"fs01\": session 2 (")) << members;
  }
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"a"},{"name":"b","complete":1}]})"),
              HasSubstr("server 2 \"b\": true or false"));
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"b","close_scope":"all"}]})"), HasSubstr("close_scope must be"));
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"b","labels":{"a":1}}]})"), HasSubstr("text for the label a"));
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"b","sessions":[5]}]})"), HasSubstr("session 1"));
  EXPECT_THAT(ErrorOf(R"({"servers":[{"sessions":[]}]})"), HasSubstr("name is missing"));
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"b"},{"name":"b"}]})"), HasSubstr("twice"));
  EXPECT_THAT(ErrorOf(R"({"version":2,"servers":[]})"), HasSubstr("version 2"));
  EXPECT_THAT(ErrorOf(R"({"taken_at":"yesterday","servers":[]})"), HasSubstr("RFC 3339"));
  EXPECT_THAT(ErrorOf(R"({"taken_at":"infinite-past","servers":[]})"), HasSubstr("RFC 3339"));
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"b","close_scope":""}]})"), HasSubstr("close_scope must be"));
}

TEST(SnapshotReaderTest, ErrorsNameServerAndSessionWhateverTheOrder) {
  EXPECT_EQ(ErrorOf(WithSession(R"("idle_seconds":"5","x":[{}],"user":"bob","client":"pc")")),
            "server 1 \"fs01\": session 2 (client \"pc\", user \"bob\"): a whole number for idle_seconds was expected");
  EXPECT_EQ(ErrorOf(R"({"servers":[{"sessions":[{"guest":"no","client":"c"},{"x":1}],"x":{},"name":"fs01"}]})"),
            "server 1 \"fs01\": session 1 (client \"c\", user \"\"): true or false for guest was expected");
  EXPECT_EQ(ErrorOf(R"({"servers":[{"labels":{"a":{"b":1},"c":"d"},"sessions":[{}],"name":"fs01"}]})"),
            "server 1 \"fs01\": text for the label a was expected");
  EXPECT_EQ(ErrorOf(R"({"servers":[{"sessions":[{"guest":no,"client":"c"}],"name":"fs01"},{"name":"b"}]})"),
            "server 1 \"fs01\": session 1 (client \"c\", user \"\"): true or false for guest was expected");
  EXPECT_EQ(ErrorOf(R"({"servers":[{"complete":1,"name":5}]})"), "server 1: true or false for complete was expected");
  EXPECT_THAT(ErrorOf(R"({"servers":[{"complete":1,"name":"a)"), HasSubstr("expected"));
}

TEST(SnapshotReaderTest, WholeNumbersMayBeWrittenWithAPoint) {
  const Session session = OnlySession(
      R"({"servers":[{"name":"s","sessions":[{"idle_seconds":1900.0,"age_seconds":7.2e3,"open_files":0.0}]}]})");
  EXPECT_EQ(session.idle_seconds, 1900);
  EXPECT_EQ(session.age_seconds, 7200);
  EXPECT_EQ(session.open_files, 0);
}

// One such value must not cost the whole recording, and must not pass for a time that closes.
TEST(SnapshotReaderTest, NumbersThatCannotBeAreUnknown) {
  for (const char* number : {"-1", "-0.5e1", "2147483648", "4294967295", "18446744073709551616", "1e300", "-1e300",
                             "-9223372036854775808"}) {
    const Session session =
        OnlySession(absl::StrCat(R"({"servers":[{"name":"s","sessions":[{"idle_seconds":)", number,
                                 R"(,"age_seconds":)", number, R"(,"open_files":)", number, "}]}]}"));
    EXPECT_EQ(session.idle_seconds, std::nullopt) << number;
    EXPECT_EQ(session.age_seconds, std::nullopt) << number;
    EXPECT_EQ(session.open_files, std::nullopt) << number;
  }
  const Session greatest = OnlySession(R"({"servers":[{"name":"s","sessions":[{"idle_seconds":2147483647}]}]})");
  EXPECT_EQ(greatest.idle_seconds, 2147483647);
  for (const char* version : {"-1", "4294967295", "18446744073709551617", "1.5", "\"1\""}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(R"({"servers":[],"version":)", version, "}")), HasSubstr("version")) << version;
  }
}

TEST(SnapshotReaderTest, ALabelThatIsNullIsNotSet) {
  const auto snapshots = ReadSnapshots(R"({"servers":[{"name":"s","labels":{"a":null,"b":"","c":"x","c":null}}]})");
  ASSERT_TRUE(snapshots.ok()) << snapshots.status();
  EXPECT_THAT(snapshots->at(0).servers.at(0).labels, ::testing::ElementsAre(::testing::Pair("b", "")));
}

TEST(SnapshotReaderTest, AnEmptyTimeIsNoAbsentOne) {
  EXPECT_THAT(ErrorOf(R"({"taken_at":"","servers":[]})"), HasSubstr("RFC 3339"));
  EXPECT_EQ(ErrorOf(R"({"taken_at":null,"servers":[]})"), "no error");
}

TEST(SnapshotReaderTest, UnknownMembersMustBeJsonAllTheSame) {
  EXPECT_THAT(ErrorOf(R"({"x":nul,"servers":[]})"), HasSubstr("null for x"));
  EXPECT_THAT(ErrorOf(R"({"x":nope,"servers":[]})"), HasSubstr("x"));
  EXPECT_THAT(ErrorOf(R"({"x":{"y":[1,{"z":tru}]},"servers":[]})"), HasSubstr("true or false for z"));
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"b","x":01}]})"), HasSubstr("server 1 \"b\": "));
  EXPECT_THAT(ErrorOf(WithSession(R"("user":"u","x":"\q")")), HasSubstr("session 2"));
  const Session session =
      OnlySession(R"({"x":[null,true,false,-1.5e3,"\u00e9",{}],"servers":[{"name":"s","sessions":[{"user":"u"}]}]})");
  EXPECT_EQ(session.user, "u");
}

TEST(SnapshotReaderTest, UnknownMembersNestOnlySoDeep) {
  const auto nested = [](int levels) {
    return absl::StrCat(R"({"servers":[],"notes":)", std::string(levels, '['), std::string(levels, ']'), "}");
  };
  EXPECT_EQ(ErrorOf(nested(65)), "no error");
  EXPECT_THAT(ErrorOf(nested(66)), HasSubstr("nothing in a snapshot nests as deep as notes: more than 64 levels"));
}

TEST(SnapshotReaderTest, TextAroundIsSaidToBeThat) {
  EXPECT_THAT(ErrorOf("{\"servers\":[]} x"), HasSubstr("something else follows"));
  EXPECT_THAT(ErrorOf("{\"servers\":[]\n} x"), HasSubstr("something else follows"));
  EXPECT_THAT(ErrorOf("{\"servers\":[{\"name\":\"a\""), HasSubstr("cut off"));
  EXPECT_THAT(ErrorOf("{\"servers\":[]}\nx\n"), HasSubstr("line 2: "));
}

TEST(SnapshotReaderTest, WhatIsNoJsonIsNotTakenForUnknown) {
  EXPECT_THAT(ErrorOf(R"({"servers":[{"name":"b","complete":nope}]})"), HasSubstr("true or false"));
  EXPECT_THAT(ErrorOf(WithSession(R"("idle_seconds":nul)")), HasSubstr("a whole number"));
  EXPECT_THAT(ErrorOf(WithSession(R"("guest":none)")), HasSubstr("true or false"));
}

TEST(SnapshotReaderTest, NotASnapshot) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf(" \n\n"), HasSubstr("empty"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("object"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("servers"));
  EXPECT_THAT(ErrorOf(R"({"servers":[)"), HasSubstr("cut off"));
  EXPECT_THAT(ErrorOf("{\"servers\":[]} {}"), HasSubstr("more text"));
  EXPECT_THAT(ErrorOf("{\"servers\":[{\"name\":\"J\xF6rg\"}]}"), HasSubstr("JSON"));
}

TEST(SnapshotReaderTest, JsonLines) {
  const std::string line = R"({"taken_at":"2026-11-22T10:00:00Z","servers":[{"name":"s"}]})";
  const auto snapshots = ReadSnapshots(absl::StrCat("\xEF\xBB\xBF\n", line, "\r\n\n", line, "\n"));
  ASSERT_TRUE(snapshots.ok()) << snapshots.status();
  EXPECT_THAT(*snapshots, SizeIs(2));
  EXPECT_THAT(ErrorOf(absl::StrCat(line, "\n\n{\"servers\":5}\n")), HasSubstr("line 3: "));
}

// Each server of the tables as a snapshot file shows it.
std::string Text(const std::vector<SnapshotTable>& snapshots) {
  std::string text;
  for (const SnapshotTable& snapshot : snapshots) {
    Snapshot values{snapshot.taken_at, {}};
    for (size_t i = 0; i < snapshot.table.server_count(); ++i) {
      const ServerView view = snapshot.table.server(i);
      ServerSnapshot& server = values.servers.emplace_back();
      server = {view.name(), view.labels(), view.complete(), view.close_scope(), view.domain_separator(), {}};
      for (size_t row = 0; row < view.size(); ++row) server.sessions.push_back(view.session(row));
    }
    if (snapshot.table.hosts() != nullptr) values.hosts = snapshot.table.hosts()->all();
    absl::StrAppend(&text, WriteSnapshot(values), "\n");
  }
  return text;
}

TEST(SnapshotReaderTest, TablesHoldWhatTheValuesDo) {
  const std::string line =
      R"({"taken_at":"2026-11-22T10:00:00Z","servers":[)"
      R"({"name":"a","labels":{"site":"ams"},"complete":false,"close_scope":"client",)"
      R"("sessions":[{"client":"c","user":"u","idle_seconds":5},{"client":"pc","user":"Ö","address":"10.0.0.1"}]},)"
      R"({"name":"b"},{"name":"c","close_scope":"connection","domain_separator":"+",)"
      R"("sessions":[{"client":"c","user":"v","guest":true},{"user":"w","names":[],"connection":"5"},)"
      R"({"user":"x","names":["a","b"],"idle_seconds":7,"idle_bound":"at-least"}]}],)"
      R"("hosts":{"none":[],"pc":["10.0.0.1"]}})";
  const std::string text = absl::StrCat(line, "\n", R"({"servers":[{"name":"d"}]})", "\n");
  const auto values = ReadSnapshots(text);
  const auto tables = ReadSnapshotTables(text);
  ASSERT_TRUE(values.ok() && tables.ok());
  std::string expected;
  for (const Snapshot& snapshot : *values) absl::StrAppend(&expected, WriteSnapshot(snapshot), "\n");
  EXPECT_EQ(Text(*tables), expected);
  EXPECT_EQ(ReadSnapshotTables("{}").status(), ReadSnapshots("{}").status());
}

TEST(SnapshotReaderTest, OfAMemberThatComesTwiceTheLastCounts) {
  const char* text = R"({"servers":[{"name":"a"},{"name":"b"}],"servers":[{"name":"b"}]})";
  const auto values = ReadSnapshots(text);
  const auto tables = ReadSnapshotTables(text);
  ASSERT_TRUE(values.ok() && tables.ok());
  EXPECT_THAT(values->at(0).servers, SizeIs(1));
  EXPECT_EQ(tables->at(0).table.server_count(), 1u);
}

TEST(SnapshotWriterTest, WhatIsWrittenIsReadBackEqual) {
  Snapshot snapshot;
  snapshot.taken_at = testing::MustParseTime("2026-11-22T10:00:00.5Z");
  Session full = testing::MakeSession("\\\\[fe80::1%eth0]", "CORP\\J\"ö\x01rg");
  full.address = "10.0.0.1";
  full.guest = true;
  snapshot.servers = {testing::MakeServer("fs\n01", {full, Session()})};
  snapshot.servers[0].close_scope = CloseScope::kClient;
  snapshot.servers[0].complete = false;
  snapshot.servers[0].labels = {{"a b", "c"}};
  const std::string text = WriteSnapshot(snapshot);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto read = ReadSnapshots(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(WriteSnapshot(read->at(0)), text);
  EXPECT_EQ(read->at(0).servers[0].sessions[0].user, full.user);
  EXPECT_EQ(read->at(0).servers[0].name, "fs\n01");
  EXPECT_FALSE(read->at(0).servers[0].sessions[1].guest.has_value());
}

// Of values and tables, whatever they hold.
TEST(SnapshotProperty, WhatIsWrittenIsReadBackEqual) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const testing::RandomCase made = testing::MakeRandomCase(random, {0, 0, 20});
    const Snapshot snapshot{made.at, made.servers, KnownHosts(made.hosts).all()};
    const std::string text = WriteSnapshot(snapshot);
    const auto read = ReadSnapshots(text);
    const auto tables = ReadSnapshotTables(text);
    ASSERT_TRUE(read.ok() && tables.ok()) << read.status() << text;
    EXPECT_EQ(WriteSnapshot(read->at(0)), text);
    EXPECT_EQ(Text(*tables), text + "\n");
    EXPECT_EQ(read->at(0).hosts, snapshot.hosts);
    for (size_t i = 0; i < made.servers.size(); ++i) {
      const ServerSnapshot& server = read->at(0).servers[i];
      EXPECT_EQ(server.close_scope, made.servers[i].close_scope);
      EXPECT_EQ(server.domain_separator, made.servers[i].domain_separator);
      for (size_t row = 0; row < server.sessions.size(); ++row) {
        EXPECT_EQ(server.sessions[row].names, made.servers[i].sessions[row].names);
        EXPECT_EQ(server.sessions[row].idle_bound, made.servers[i].sessions[row].idle_bound);
        EXPECT_EQ(server.sessions[row].connection, made.servers[i].sessions[row].connection);
      }
    }
  }
}

TEST(SnapshotWriterTest, BytesThatAreNotUtf8BecomeReadable) {
  Snapshot snapshot;
  snapshot.servers = {testing::MakeServer("s", {testing::MakeSession("c", "J\xF6rg")})};
  const auto read = ReadSnapshots(WriteSnapshot(snapshot));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).servers[0].sessions[0].user, "J\xEF\xBF\xBDrg");
}

}  // namespace
}  // namespace idlewarden::policy
