// Reader and writer of snapshot files together.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/snapshot/snapshot_reader.h"
#include "policy/snapshot/snapshot_writer.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::string_view kExample = R"({"version": 1, "taken_at": "2026-11-22T10:00:00Z", "servers": [
  {"name": "fs01", "labels": {"site": "ams"}, "complete": true, "close_scope": "pair",
   "sessions": [
     {"client": "\\\\10.20.0.5", "user": "alice", "idle_seconds": 1900, "age_seconds": 7200,
      "open_files": 0, "client_type": "", "transport": "", "guest": false, "address": null}]}]})";

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
  for (const char* members :
       {R"("client":5)", R"("user":["a"])", R"("idle_seconds":1.5)", R"("idle_seconds":{})", R"("age_seconds":[1])",
        R"("open_files":true)", R"("guest":"no")", R"("address":1)", R"("client_type":{})"}) {
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
      server = {view.name(), view.labels(), view.complete(), view.close_scope(), {}};
      for (size_t row = 0; row < view.size(); ++row) server.sessions.push_back(view.session(row));
    }
    absl::StrAppend(&text, WriteSnapshot(values), "\n");
  }
  return text;
}

TEST(SnapshotReaderTest, TablesHoldWhatTheValuesDo) {
  const std::string line =
      R"({"taken_at":"2026-11-22T10:00:00Z","servers":[)"
      R"({"name":"a","labels":{"site":"ams"},"complete":false,"close_scope":"client",)"
      R"("sessions":[{"client":"c","user":"u","idle_seconds":5},{"client":"pc","user":"Ö","address":"10.0.0.1"}]},)"
      R"({"name":"b"},{"name":"c","sessions":[{"client":"c","user":"v","guest":true}]}]})";
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

TEST(SnapshotWriterTest, BytesThatAreNotUtf8BecomeReadable) {
  Snapshot snapshot;
  snapshot.servers = {testing::MakeServer("s", {testing::MakeSession("c", "J\xF6rg")})};
  const auto read = ReadSnapshots(WriteSnapshot(snapshot));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at(0).servers[0].sessions[0].user, "J\xEF\xBF\xBDrg");
}

}  // namespace
}  // namespace idlewarden::policy
