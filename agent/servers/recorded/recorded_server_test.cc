#include "agent/servers/recorded/recorded_server.h"

#include <string>
#include <utility>
#include <vector>

#include "agent/servers/server_error.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::ServerSnapshot;
using policy::Session;

ServerSnapshot Recording(const std::string& server, const std::vector<std::pair<std::string, std::string>>& pairs) {
  ServerSnapshot recording;
  recording.name = server;
  for (const auto& [client, user] : pairs) {
    Session session;
    session.client = client;
    session.user = user;
    session.idle_seconds = 10;
    recording.sessions.push_back(session);
  }
  return recording;
}

std::string Users(SessionServer& server, const std::string& client = "") {
  std::string users;
  server.Enumerate({.client = client}, [&](absl::StatusOr<Enumeration> answer) {
    if (!answer.ok()) {
      users = CauseOf(answer.status());
      return;
    }
    for (const Session& session : answer->sessions) users += session.user + " ";
  });
  return users;
}

absl::Status Close(SessionServer& server, const std::string& client, const std::string& user) {
  absl::Status result = absl::UnknownError("not called");
  server.Close({.client = client, .user = user}, [&](absl::Status status) { result = status; });
  return result;
}

TEST(RecordedServerTest, CompleteEnumerationsStepThroughTheRecordings) {
  RecordedServer server("fs01", {Recording("fs01", {{"ws1", "alice"}}), Recording("fs01", {{"ws1", "bob"}})});
  EXPECT_EQ(server.name(), "fs01");
  EXPECT_EQ(Users(server), "alice ");
  EXPECT_EQ(Users(server, "ws1"), "alice ") << "a filtered one stays where it is";
  EXPECT_EQ(Users(server, "\\\\WS1"), "alice ");
  EXPECT_EQ(Users(server, "ws2"), "");
  EXPECT_EQ(Users(server), "bob ");
  EXPECT_EQ(Users(server), "bob ") << "the last one stays";
}

TEST(RecordedServerTest, CloseHidesThePairUntilItWasGone) {
  RecordedServer server("fs01", {Recording("fs01", {{"ws1", "alice"}, {"ws1", "bob"}}),
                                 Recording("fs01", {{"ws1", "alice"}, {"ws1", "bob"}}), Recording("fs01", {}),
                                 Recording("fs01", {{"ws1", "alice"}})});
  EXPECT_EQ(Users(server), "alice bob ");
  EXPECT_TRUE(Close(server, "\\\\ws1", "Alice").ok());
  EXPECT_EQ(WindowsErrorOf(Close(server, "ws1", "alice")), kNerrClientNameNotFound);
  EXPECT_EQ(Users(server, "ws1"), "bob ");
  EXPECT_EQ(Users(server), "bob ");
  EXPECT_EQ(Users(server), "");
  EXPECT_EQ(Users(server), "alice ") << "a new session of the pair";
}

TEST(RecordedServerTest, CloseScopeClientHidesTheClient) {
  ServerSnapshot recording = Recording("nas", {{"ws1", "alice"}, {"ws1", "bob"}, {"ws2", "carol"}});
  recording.close_scope = policy::CloseScope::kClient;
  RecordedServer server("nas", {recording});
  EXPECT_TRUE(Close(server, "ws1", "alice").ok());
  EXPECT_EQ(Users(server), "carol ");
}

TEST(RecordedServerTest, WhatEndsByConnectionIsNotClosedByClientAndUser) {
  ServerSnapshot recording = Recording("nas", {{"ws1", "alice"}, {"ws1", "bob"}, {"ws2", "alice"}});
  recording.close_scope = policy::CloseScope::kConnection;
  recording.sessions[0].connection = recording.sessions[2].connection = "c1";
  RecordedServer server("nas", {recording});
  EXPECT_FALSE(server.CanCloseConnections());
  EXPECT_EQ(Close(server, "ws1", "alice").code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Users(server), "alice bob alice ");
  EXPECT_TRUE(Close(server, "ws1", "bob").ok());  // without connection: all of the client
  EXPECT_EQ(Users(server), "alice ");
}

TEST(RecordedServerTest, EmptyNamesAreRefused) {
  RecordedServer server("fs01", {Recording("fs01", {{"ws1", ""}})});
  EXPECT_EQ(Close(server, "ws1", "").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Close(server, "", "alice").code(), absl::StatusCode::kInvalidArgument);
}

TEST(RecordedServerTest, AnIncompleteRecordingIsAnError) {
  ServerSnapshot incomplete = Recording("fs01", {});
  incomplete.complete = false;
  RecordedServer server("fs01", {Recording("fs01", {{"ws1", "alice"}}), incomplete});
  EXPECT_EQ(Users(server), "alice ");
  EXPECT_EQ(Users(server), "server-error");
}

TEST(RecordedServerTest, RecordingsWithoutIdleTimesSaySo) {
  ServerSnapshot recording = Recording("fs01", {{"ws1", "alice"}});
  recording.sessions[0].idle_seconds.reset();
  RecordedServer server("fs01", {recording});
  server.Enumerate({}, [](absl::StatusOr<Enumeration> answer) { EXPECT_FALSE(answer->reports_idle); });
}

TEST(RecordingsOfTest, PicksTheServer) {
  const std::vector<policy::Snapshot> two = {{.servers = {Recording("fs01", {}), Recording("fs02", {})}},
                                             {.servers = {Recording("fs01", {{"ws1", "alice"}})}}};
  EXPECT_EQ(RecordingsOf(two, "", "fs01")->size(), 2u);
  EXPECT_EQ(RecordingsOf(two, "fs02", "replay")->size(), 1u);
  const absl::Status missing = RecordingsOf(two, "", "replay").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.message().find("fs01, fs02"), absl::string_view::npos) << missing;
  const std::vector<policy::Snapshot> one = {{.servers = {Recording("fs01", {})}}};
  EXPECT_EQ(RecordingsOf(one, "", "replay")->size(), 1u);
  EXPECT_FALSE(RecordingsOf({}, "", "replay").ok());
}

}  // namespace
}  // namespace idlewarden::agent
