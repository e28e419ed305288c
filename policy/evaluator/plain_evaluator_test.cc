// The tables of the language: logic, conditions, and what is unknown when.

#include "policy/evaluator/plain_evaluator.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/testing/build.h"

namespace idlewarden::policy {
namespace {

using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;
using testing::MustCompile;
using testing::MustParseTime;

// The answer of a protection with this `when`.
Answer Ask(absl::string_view when, const ServerSnapshot& server, absl::Time at, size_t row = 0) {
  const auto policy = MustCompile(absl::StrCat("protect: [{name: p, when: ", when, "}]\n"));
  const SessionTable table = MakeTable({server});
  return AnswerWhen(policy->resolved().protections[0].when, FactsOf(table.server(0), row, at));
}

Answer Ask(absl::string_view when, const Session& session) {
  return Ask(when, MakeServer("fs01", {session}), absl::UnixEpoch());
}

Answer AskUser(absl::string_view users, absl::string_view user) {
  return Ask(absl::StrCat("{users: ", users, "}"), MakeSession("c", user));
}

Answer AskClient(absl::string_view clients, absl::string_view client, std::optional<std::string> address = {}) {
  Session session = MakeSession(client, "u");
  session.address = std::move(address);
  return Ask(absl::StrCat("{clients: ", clients, "}"), session);
}

constexpr Answer kNo = Answer::kNo;
constexpr Answer kUnknown = Answer::kUnknown;
constexpr Answer kYes = Answer::kYes;

// Conditions that answer no, unknown and yes for Tri().
const char* Part(Answer answer) { return answer == kNo ? "guest: true" : answer == kUnknown ? "age: 1h" : "idle: 1h"; }

Session Tri() {
  Session session = MakeSession("c", "u");
  session.age_seconds.reset();
  return session;
}

TEST(LogicTest, ConjunctionIsTheLeast) {
  for (const Answer a : {kNo, kUnknown, kYes}) {
    for (const Answer b : {kNo, kUnknown, kYes}) {
      const Answer expected = (a == kNo || b == kNo) ? kNo : (a == kUnknown || b == kUnknown) ? kUnknown : kYes;
      EXPECT_EQ(And(a, b), expected);
      if (a == b) continue;  // a condition stands once in a map
      EXPECT_EQ(Ask(absl::StrCat("{", Part(a), ", ", Part(b), "}"), Tri()), expected);
    }
  }
}

TEST(LogicTest, AnyIsTheGreatest) {
  for (const Answer a : {kNo, kUnknown, kYes}) {
    for (const Answer b : {kNo, kUnknown, kYes}) {
      const Answer expected = (a == kYes || b == kYes) ? kYes : (a == kUnknown || b == kUnknown) ? kUnknown : kNo;
      EXPECT_EQ(Or(a, b), expected);
      EXPECT_EQ(Ask(absl::StrCat("{any: [{", Part(a), "}, {", Part(b), "}]}"), Tri()), expected);
    }
  }
}

TEST(LogicTest, AnyStandsAmongConditions) {
  EXPECT_EQ(Ask("{guest: true, any: [{idle: 1h}]}", Tri()), kNo);
  EXPECT_EQ(Ask("{age: 1h, any: [{idle: 1h}]}", Tri()), kUnknown);
  EXPECT_EQ(Ask("{idle: 1h, any: [{age: 1h}, {guest: true}]}", Tri()), kUnknown);
  EXPECT_EQ(Ask("{idle: 1h, any: [{age: 1h}, {open_files: 0}]}", Tri()), kYes);
}

TEST(LogicTest, NotTurnsYesAndNoAndLeavesUnknown) {
  EXPECT_EQ(Not(kYes), kNo);
  EXPECT_EQ(Not(kNo), kYes);
  EXPECT_EQ(Not(kUnknown), kUnknown);
}

TEST(TimeConditionTest, Bounds) {
  Session session = MakeSession("c", "u");
  for (const char* field : {"idle", "age"}) {
    for (const auto& [seconds, at_least, range] : std::vector<std::tuple<int64_t, Answer, Answer>>{
             {899, kNo, kNo}, {900, kYes, kYes}, {1799, kYes, kYes}, {1800, kYes, kNo}}) {
      session.idle_seconds = session.age_seconds = seconds;
      EXPECT_EQ(Ask(absl::StrCat("{", field, ": 15m}"), session), at_least) << seconds;
      EXPECT_EQ(Ask(absl::StrCat("{", field, ": {at_least: 15m, below: 30m}}"), session), range) << seconds;
    }
  }
  session.idle_seconds.reset();
  EXPECT_EQ(Ask("{idle: {below: 30m}}", session), kUnknown);
}

TEST(CountConditionTest, Bounds) {
  Session session = MakeSession("c", "u");
  session.open_files = 2;
  EXPECT_EQ(Ask("{open_files: 2}", session), kYes);
  EXPECT_EQ(Ask("{open_files: 1}", session), kNo);
  EXPECT_EQ(Ask("{open_files: {at_least: 2}}", session), kYes);
  EXPECT_EQ(Ask("{open_files: {at_least: 3}}", session), kNo);
  EXPECT_EQ(Ask("{open_files: {at_most: 2}}", session), kYes);
  EXPECT_EQ(Ask("{open_files: {at_most: 1}}", session), kNo);
  session.open_files.reset();
  EXPECT_EQ(Ask("{open_files: {at_least: 0}}", session), kUnknown);
}

TEST(CountConditionTest, SessionsOfServerAndUser) {
  const ServerSnapshot server = MakeServer(
      "s", {MakeSession("a", "Bob"), MakeSession("b", "bob"), MakeSession("c", "eve"), MakeSession("d", "")});
  EXPECT_EQ(Ask("{server_sessions: 4}", server, absl::UnixEpoch()), kYes);
  EXPECT_EQ(Ask("{server_sessions: {at_most: 3}}", server, absl::UnixEpoch()), kNo);
  EXPECT_EQ(Ask("{user_sessions: 2}", server, absl::UnixEpoch(), 0), kYes);
  EXPECT_EQ(Ask("{user_sessions: 2}", server, absl::UnixEpoch(), 2), kNo);
  EXPECT_EQ(Ask("{user_sessions: 1}", server, absl::UnixEpoch(), 3), kUnknown);
}

TEST(UsersTest, EntriesWithoutDomainLookAtTheAccount) {
  EXPECT_EQ(AskUser("[alice]", "Alice"), kYes);
  EXPECT_EQ(AskUser("[alice]", "CORP\\ALICE"), kYes);
  EXPECT_EQ(AskUser("[alice]", "A\\B\\alice"), kYes);
  EXPECT_EQ(AskUser("[alice]", "alice2"), kNo);
  EXPECT_EQ(AskUser("[\"svc-*\"]", "SVC-sql"), kYes);
  EXPECT_EQ(AskUser("[\"a?c\"]", "aßc"), kYes);
  EXPECT_EQ(AskUser("[\"JÖRG\"]", "jörg"), kYes);
  EXPECT_EQ(AskUser("[\"ΣΊΣΥΦΟΣ\"]", "σίσυφος"), kYes);
}

TEST(UsersTest, EntriesWithDomainAreUnknownForBareNames) {
  EXPECT_EQ(AskUser("[\"CORP\\\\alice\"]", "corp\\Alice"), kYes);
  EXPECT_EQ(AskUser("[\"CORP\\\\alice\"]", "lab\\alice"), kNo);
  EXPECT_EQ(AskUser("[\"CORP\\\\alice\"]", "alice"), kUnknown);
  EXPECT_EQ(AskUser("[\"CORP\\\\alice\"]", "bob"), kNo);
  EXPECT_EQ(AskUser("[\"CORP\\\\sql-*\"]", "sql-1"), kUnknown);
  EXPECT_EQ(AskUser("[\"*\\\\alice\"]", "corp\\alice"), kYes);
}

TEST(UsersTest, InAndNotIn) {
  EXPECT_EQ(AskUser("{in: [\"ext-*\"], not_in: [ext-oncall]}", "ext-bob"), kYes);
  EXPECT_EQ(AskUser("{in: [\"ext-*\"], not_in: [ext-oncall]}", "EXT-OnCall"), kNo);
  EXPECT_EQ(AskUser("{not_in: [bob]}", "eve"), kYes);
  EXPECT_EQ(AskUser("{not_in: [\"CORP\\\\bob\"]}", "bob"), kUnknown);
  EXPECT_EQ(AskUser("{in: [bob], not_in: [\"CORP\\\\bob\"]}", "bob"), kUnknown);
  EXPECT_EQ(AskUser("[\"CORP\\\\bob\", bob]", "bob"), kYes);
  EXPECT_EQ(AskUser("[\"*\"]", ""), kUnknown);
  EXPECT_EQ(AskUser("{not_in: [x]}", ""), kUnknown);
}

TEST(ClientsTest, AddressesAndNetworks) {
  for (const char* spelling : {"10.20.0.5", "\\\\10.20.0.5", "::ffff:10.20.0.5", "[::FFFF:10.20.0.5]"}) {
    EXPECT_EQ(AskClient("[10.20.0.0/16]", spelling), kYes) << spelling;
    EXPECT_EQ(AskClient("[10.20.0.5]", spelling), kYes) << spelling;
    EXPECT_EQ(AskClient("[\"::ffff:10.20.0.5\"]", spelling), kYes) << spelling;
    EXPECT_EQ(AskClient("[10.21.0.0/16]", spelling), kNo) << spelling;
    EXPECT_EQ(AskClient("[\"*\"]", spelling), kYes) << spelling;
    EXPECT_EQ(AskClient("[\"::/0\"]", spelling), kNo) << spelling;
  }
  EXPECT_EQ(AskClient("[\"2001:db8:20::/48\"]", "\\\\[2001:DB8:20::5%eth0]"), kYes);
  EXPECT_EQ(AskClient("[\"fe80::/10\"]", "[fe80::1]%3"), kYes);
  EXPECT_EQ(AskClient("[0.0.0.0/0]", "2001:db8::1"), kNo);
  EXPECT_EQ(AskClient("[0.0.0.0/0]", "1.2.3.4"), kYes);
}

TEST(ClientsTest, NamesAndTheirAddresses) {
  EXPECT_EQ(AskClient("[\"kiosk-*\"]", "\\\\KIOSK-7"), kYes);
  EXPECT_EQ(AskClient("[\"kiosk-*\"]", "pc-7"), kNo);
  EXPECT_EQ(AskClient("[10.0.0.0/8]", "pc-7"), kUnknown);
  EXPECT_EQ(AskClient("[10.0.0.0/8]", "pc-7", "10.1.1.1"), kYes);
  EXPECT_EQ(AskClient("[10.0.0.0/8]", "pc-7", "::ffff:10.1.1.1"), kYes);
  EXPECT_EQ(AskClient("[10.0.0.0/8]", "pc-7", "11.1.1.1"), kNo);
  EXPECT_EQ(AskClient("[10.0.0.0/8]", "pc-7", "nonsense"), kUnknown);
  EXPECT_EQ(AskClient("[10.0.0.0/8, \"pc-*\"]", "pc-7"), kYes);
  EXPECT_EQ(AskClient("{not_in: [10.0.0.0/8]}", "pc-7"), kUnknown);
  EXPECT_EQ(AskClient("[\"pc-*\"]", "pc-7", "10.1.1.1"), kYes);
  EXPECT_EQ(AskClient("[10.0.0.0/8]", "10.1.1.1", "11.1.1.1"), kYes);
  EXPECT_EQ(AskClient("[\"*\"]", ""), kUnknown);
}

TEST(ClientsTest, WhoMayBeMeantIsUnknownInAndNotIn) {
  EXPECT_EQ(AskClient("{not_in: [admin-pc]}", "\\\\10.9.0.7"), kUnknown);
  EXPECT_EQ(AskClient("{in: [10.0.0.0/8], not_in: [admin-pc]}", "\\\\10.9.0.7"), kUnknown);
  EXPECT_EQ(AskClient("{in: [10.0.0.0/8], not_in: [admin-pc]}", "11.9.0.7"), kNo);
  EXPECT_EQ(AskClient("{in: [\"*\"], not_in: [pc-1]}", "pc-1.lab"), kUnknown);
  EXPECT_EQ(AskClient("[backup01, 10.0.0.0/8]", "10.9.0.7"), kYes);
  EXPECT_EQ(AskClient("[backup01, 10.0.0.0/8]", "11.9.0.7"), kUnknown);
}

TEST(ServersTest, NamesAndLabels) {
  ServerSnapshot server = MakeServer("FS01", {MakeSession("c", "u")});
  server.labels = {{"site", "ams"}, {"tier", "1"}};
  const auto ask = [&](absl::string_view servers) {
    return Ask(absl::StrCat("{servers: ", servers, "}"), server, absl::UnixEpoch());
  };
  EXPECT_EQ(ask("[\"fs*\"]"), kYes);
  EXPECT_EQ(ask("[\"nas*\"]"), kNo);
  EXPECT_EQ(ask("{not_in: [fs02]}"), kYes);
  EXPECT_EQ(ask("{labels: {site: ams}}"), kYes);
  EXPECT_EQ(ask("{labels: {site: AMS}}"), kNo);
  EXPECT_EQ(ask("{labels: {site: [rtm, ams], tier: 1}}"), kYes);
  EXPECT_EQ(ask("{labels: {site: ams, tier: [2, 3]}}"), kNo);
  EXPECT_EQ(ask("{labels: {rack: ams}}"), kNo);
  EXPECT_EQ(ask("{in: [fs01], labels: {site: rtm}}"), kNo);
}

TEST(ReportedTextTest, EmptyIsReportedAndNullIsUnknown) {
  Session session = MakeSession("c", "u");
  session.client_type = "";
  session.transport.reset();
  EXPECT_EQ(Ask("{client_types: [\"\"]}", session), kYes);
  EXPECT_EQ(Ask("{client_types: [\"*\"]}", session), kYes);
  EXPECT_EQ(Ask("{client_types: [\"win*\"]}", session), kNo);
  EXPECT_EQ(Ask("{transports: [\"*\"]}", session), kUnknown);
  EXPECT_EQ(Ask("{transports: {not_in: [x]}}", session), kUnknown);
  session.transport = "\\Device\\NetBt";
  EXPECT_EQ(Ask("{transports: [\"\\\\device\\\\*\"]}", session), kYes);
}

TEST(GuestTest, ReportedOrUnknown) {
  Session session = MakeSession("c", "u");
  EXPECT_EQ(Ask("{guest: true}", session), kNo);
  EXPECT_EQ(Ask("{guest: false}", session), kYes);
  session.guest.reset();
  EXPECT_EQ(Ask("{guest: false}", session), kUnknown);
}

TEST(DuringTest, UsesTheDefaultZoneOrItsOwn) {
  const auto policy = MustCompile(
      "zone: Europe/Amsterdam\n"
      "protect:\n"
      "- {name: a, when: {during: {from: \"08:00\", to: \"09:00\"}}}\n"
      "- {name: b, when: {during: [{from: \"08:00\", to: \"09:00\", zone: UTC}, {from: \"23:00\", to: \"24:00\"}]}}\n");
  const SessionTable table = MakeTable({MakeServer("s", {MakeSession("c", "u")})});
  const auto ask = [&](size_t protection, absl::string_view time) {
    return AnswerWhen(policy->resolved().protections[protection].when,
                      FactsOf(table.server(0), 0, MustParseTime(time)));
  };
  EXPECT_EQ(ask(0, "2026-11-22T07:30:00Z"), kYes);
  EXPECT_EQ(ask(0, "2026-11-22T08:30:00Z"), kNo);
  EXPECT_EQ(ask(1, "2026-11-22T07:30:00Z"), kNo);
  EXPECT_EQ(ask(1, "2026-11-22T08:30:00Z"), kYes);
  EXPECT_EQ(ask(1, "2026-11-22T22:30:00Z"), kYes);
}

}  // namespace
}  // namespace idlewarden::policy
