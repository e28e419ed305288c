#include "tools/import/import.h"

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::tools {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string TestFile(const std::string& name) {
  std::ifstream file("tools/import/testdata/" + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

ImportOptions Options(const std::string& server = "") {
  return {.server = server, .taken_at = std::nullopt, .now = kNow};
}

// "ABC" as Windows PowerShell's `>` writes it.
std::string Utf16(const std::string& ascii, bool little, bool mark) {
  std::string text = mark ? (little ? "\xFF\xFE" : "\xFE\xFF") : "";
  for (const char c : ascii) {
    if (little) {
      text += {c, '\0'};
    } else {
      text += {'\0', c};
    }
  }
  return text;
}

TEST(DecodeTextTest, TakesWhatWindowsAndLinuxWrite) {
  EXPECT_EQ(*DecodeText("[1]"), "[1]");
  EXPECT_EQ(*DecodeText("\xEF\xBB\xBF[1]"), "[1]");
  for (const bool little : {true, false}) {
    for (const bool mark : {true, false}) EXPECT_EQ(*DecodeText(Utf16("[1]\r\n", little, mark)), "[1]\r\n");
  }
  EXPECT_EQ(*DecodeText(std::string("\xFF\xFE\xF6\x00", 4)), "ö");
}

TEST(DecodeTextTest, OtherEncodingsAreRefusedWithARemedy) {
  EXPECT_THAT(DecodeText("J\xF6rg").status().message(), HasSubstr("Out-File -Encoding utf8"));
  EXPECT_THAT(DecodeText("\xFF\xFE[").status().message(), HasSubstr("is the file whole?"));
}

TEST(GetSmbSessionTest, ReadsJson) {
  const auto imported = ImportGetSmbSession(TestFile("get-smbsession.json"), Options());
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->snapshot.taken_at, kNow);
  ASSERT_EQ(imported->snapshot.servers.size(), 1u);
  const policy::ServerSnapshot& server = imported->snapshot.servers[0];
  EXPECT_EQ(server.name, kUnnamedServer);
  EXPECT_EQ(server.close_scope, policy::CloseScope::kPair);
  ASSERT_EQ(server.sessions.size(), 2u);
  const policy::Session& alice = server.sessions[0];
  EXPECT_EQ(alice.client, "10.20.0.5");
  EXPECT_EQ(alice.user, "CORP\\alice");
  EXPECT_EQ(alice.idle_seconds, 1900);
  EXPECT_EQ(alice.age_seconds, 7200);
  EXPECT_EQ(alice.open_files, 0);
  EXPECT_EQ(alice.guest, std::nullopt);
  EXPECT_EQ(alice.transport, std::nullopt);
  EXPECT_EQ(server.sessions[1].idle_seconds, 12);  // a number as text
}

TEST(GetSmbSessionTest, ASingleSessionHasNoBrackets) {
  const auto imported = ImportGetSmbSession(
      R"({"ClientComputerName": "pc-1", "ClientUserName": "bob", "SecondsIdle": 5})", Options("fs01"));
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->snapshot.servers[0].name, "fs01");
  ASSERT_EQ(imported->snapshot.servers[0].sessions.size(), 1u);
  EXPECT_EQ(imported->snapshot.servers[0].sessions[0].age_seconds, std::nullopt);
}

TEST(GetSmbSessionTest, ReadsCsvOfSeveralServers) {
  const auto imported = ImportGetSmbSession(TestFile("get-smbsession.csv"), Options());
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->snapshot.servers.size(), 2u);
  EXPECT_EQ(imported->snapshot.servers[0].name, "fs01");
  EXPECT_EQ(imported->snapshot.servers[0].sessions.size(), 2u);
  EXPECT_EQ(imported->snapshot.servers[0].sessions[1].idle_seconds, std::nullopt);
  EXPECT_EQ(imported->snapshot.servers[1].sessions[0].user, "CORP\\o\"neill, p");
}

TEST(GetSmbSessionTest, CsvWithAnotherDelimiterAndWithoutColumns) {
  const auto imported = ImportGetSmbSession("ClientUserName;ClientComputerName\r\nCORP\\bob;pc-1\r\n", Options());
  ASSERT_TRUE(imported.ok()) << imported.status();
  const policy::Session& bob = imported->snapshot.servers[0].sessions.at(0);
  EXPECT_EQ(bob.client, "pc-1");
  EXPECT_EQ(bob.user, "CORP\\bob");
  EXPECT_EQ(bob.idle_seconds, std::nullopt);
}

TEST(GetSmbSessionTest, BrokenTextsAreRefused) {
  EXPECT_THAT(ImportGetSmbSession("ClientComputerName,ClientUserName\n\"pc-1,bob\n", Options()).status().message(),
              HasSubstr("is the file whole?"));
  EXPECT_THAT(ImportGetSmbSession("ClientComputerName,ClientUserName\npc-1\n", Options()).status().message(),
              HasSubstr("row 1"));
  EXPECT_THAT(ImportGetSmbSession("[{\"ClientComputerName\": \"pc-1\"", Options()).status().message(),
              HasSubstr("Get-SmbSession as JSON or CSV"));
  EXPECT_FALSE(ImportGetSmbSession("[1, 2]", Options()).ok());
  EXPECT_THAT(ImportGetSmbSession("", Options()).status().message(), HasSubstr("the text is empty"));
}

TEST(SmbstatusTest, IdleTimesAndAgesAreUnknownBefore420) {
  const auto imported = ImportSmbstatus(TestFile("smbstatus-4.17.json"), Options("nas1"));
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(absl::ToUnixSeconds(imported->snapshot.taken_at), 1796030104);
  const policy::ServerSnapshot& server = imported->snapshot.servers[0];
  EXPECT_EQ(server.name, "nas1");
  EXPECT_EQ(server.close_scope, policy::CloseScope::kClient);
  ASSERT_EQ(server.sessions.size(), 2u);
  EXPECT_EQ(server.sessions[0].client, "10.20.0.5");
  EXPECT_EQ(server.sessions[0].user, "alice");
  EXPECT_EQ(server.sessions[0].idle_seconds, std::nullopt);
  EXPECT_EQ(server.sessions[0].age_seconds, std::nullopt);
  EXPECT_EQ(server.sessions[0].open_files, 2);
  EXPECT_EQ(server.sessions[1].client, "2001:db8::7");
  EXPECT_EQ(server.sessions[1].user, "CORP\\bob");
  EXPECT_EQ(server.sessions[1].open_files, 0);
  EXPECT_THAT(imported->notes, Contains(HasSubstr("idle times are unknown")));
  EXPECT_THAT(imported->notes, Contains(HasSubstr("ages are unknown")));
}

TEST(SmbstatusTest, AgesAreKnownFrom420On) {
  const auto imported = ImportSmbstatus(TestFile("smbstatus-4.20.json"), Options());
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->snapshot.servers[0].sessions.at(0).age_seconds, 7200);
  EXPECT_THAT(imported->notes, ElementsAre(HasSubstr("idle times are unknown")));
}

TEST(SmbstatusTest, MessagesBeforeTheJsonAreSkipped) {
  EXPECT_TRUE(
      ImportSmbstatus("/run/samba/locking.tdb not initialised\n" + TestFile("smbstatus-4.20.json"), Options()).ok());
}

TEST(SmbstatusTest, TheTextFormIsToldApart) {
  EXPECT_THAT(
      ImportSmbstatus("\nSamba version 4.17.12-Debian\nPID     Username     Group\n", Options()).status().message(),
      HasSubstr("smbstatus --json"));
}

TEST(NetSessionTest, ReadsTheTableAndDoesNotTakeHalfANameForAWholeOne) {
  const auto imported = ImportNetSession(TestFile("net-session.txt"), Options());
  ASSERT_TRUE(imported.ok()) << imported.status();
  const std::vector<policy::Session>& sessions = imported->snapshot.servers[0].sessions;
  ASSERT_EQ(sessions.size(), 3u);
  EXPECT_EQ(sessions[0].client, "\\\\10.20.0.5");
  EXPECT_EQ(sessions[0].user, "alice");
  EXPECT_EQ(sessions[0].idle_seconds, 1900);
  EXPECT_EQ(sessions[0].age_seconds, std::nullopt);
  EXPECT_EQ(sessions[1].idle_seconds, 86404);
  EXPECT_EQ(sessions[1].open_files, 2);
  EXPECT_TRUE(sessions[2].client_absent);
  EXPECT_EQ(sessions[2].client, "");
  EXPECT_EQ(sessions[2].user, "");
  EXPECT_THAT(imported->notes, Contains(HasSubstr("1 of the names fill their column")));
}

TEST(NetSessionTest, ReadsTheList) {
  const auto imported = ImportNetSession(TestFile("net-session-list.txt"), Options());
  ASSERT_TRUE(imported.ok()) << imported.status();
  const std::vector<policy::Session>& sessions = imported->snapshot.servers[0].sessions;
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions[0].user, "alice");
  EXPECT_EQ(sessions[0].client, "10.20.0.5");
  EXPECT_EQ(sessions[0].age_seconds, 7200);
  EXPECT_EQ(sessions[0].idle_seconds, 1900);
  EXPECT_EQ(sessions[0].open_files, 3);
  EXPECT_EQ(sessions[0].guest, false);
  EXPECT_EQ(sessions[1].user, "a.user.with.a.name.that.no.table.would.hold");
  EXPECT_EQ(sessions[1].open_files, std::nullopt);
  EXPECT_EQ(sessions[1].guest, true);
}

TEST(NetSessionTest, NobodyIsNobodyAndAnotherLanguageIsRefused) {
  const auto nobody = ImportNetSession("There are no entries in the list.\r\n\r\n", Options());
  ASSERT_TRUE(nobody.ok()) << nobody.status();
  EXPECT_THAT(nobody->snapshot.servers[0].sessions, IsEmpty());
  EXPECT_THAT(
      ImportNetSession("Computer   Benutzername   Clienttyp   Öffn. Leerlaufzeit\r\n", Options()).status().message(),
      HasSubstr("in any language, Get-SmbSession"));
}

TEST(ImportTest, OptionsGoBeforeTheText) {
  ImportOptions options = Options("x");
  options.taken_at = kNow - absl::Hours(1);
  EXPECT_EQ(ImportSmbstatus(TestFile("smbstatus-4.20.json"), options)->snapshot.taken_at, kNow - absl::Hours(1));
  EXPECT_EQ(ImportGetSmbSession(TestFile("get-smbsession.csv"), options)->snapshot.servers.size(), 1u);
}

}  // namespace
}  // namespace idlewarden::tools
