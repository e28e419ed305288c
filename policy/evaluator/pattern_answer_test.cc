// Who is meant by an entry: each clause of the language on users and clients, and why an answer is unknown.

#include "policy/evaluator/pattern_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/compiler/pattern_cover.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using ::testing::HasSubstr;
using testing::MakeServer;
using testing::MakeSession;
using testing::MakeTable;
using testing::MustCompile;

constexpr Answer kNo = Answer::kNo;
constexpr Answer kUnknown = Answer::kUnknown;
constexpr Answer kYes = Answer::kYes;

struct Asked {
  Answer answer;
  std::string why;  // for unknown

  Asked(Answer answer, std::string why) : answer(answer), why(std::move(why)) {}
};

// What the only entry of the only condition answers for the only session.
Asked AskEntry(absl::string_view condition, absl::string_view entry, const ServerSnapshot& server,
               const HostAddresses& hosts = {}) {
  const auto policy = MustCompile(absl::StrCat("protect: [{name: p, when: {", condition, ": ['", entry, "']}}]\n"));
  const ResolvedCondition& only = *policy->resolved().protections[0].when.all.begin();
  const SessionTable table = MakeTable({server}, hosts);
  const SessionFacts facts = FactsOf(table.server(0), 0, absl::UnixEpoch());
  const auto* servers = std::get_if<ServerTests<PatternSet>>(&only.value);
  const auto& lists = servers != nullptr ? servers->names : std::get<PatternLists<PatternSet>>(only.value);
  const Pattern& pattern = lists.in->at(0)->patterns.at(0);
  const PatternAnswer answer = AnswerPattern(pattern, only.field, facts);
  EXPECT_EQ(answer.reason == UnknownReason::kNone, answer.answer != kUnknown);
  return {answer.answer, ExplainUnknown(pattern, answer, facts)};
}

Asked AskUser(absl::string_view entry, absl::string_view user, absl::string_view separator = "") {
  ServerSnapshot server = MakeServer("fs01", {MakeSession("pc", user)});
  server.domain_separator = std::string(separator);
  return AskEntry("users", entry, server);
}

Asked AskClient(absl::string_view entry, absl::string_view client, ClientValue::Names names = std::nullopt,
                const HostAddresses& hosts = {}) {
  Session session = MakeSession(client, "u");
  session.names = std::move(names);
  return AskEntry("clients", entry, MakeServer("fs01", {session}), hosts);
}

HostAddresses Hosts(const std::string& name, std::vector<std::string> addresses) {
  HostAddresses hosts;
  for (const std::string& address : addresses) hosts[name].push_back(*IpAddress::Parse(address));
  if (addresses.empty()) hosts[name] = {};
  return hosts;
}

TEST(UserEntryTest, WithoutDomainMeansTheAccountInAnyNotation) {
  for (const char* user : {"backup", "CORP\\backup", "backup@corp.example", "BACKUP@Corp.Example", "A\\B\\backup"}) {
    EXPECT_EQ(AskUser("backup", user).answer, kYes) << user;
    EXPECT_EQ(AskUser("bob", user).answer, kNo) << user;
  }
  EXPECT_EQ(AskUser("svc-*", "svc-sql@corp.example").answer, kYes);
}

TEST(UserEntryTest, WithADomainIsCertainInItsOwnNotationOnly) {
  EXPECT_EQ(AskUser("CORP\\sql", "corp\\SQL").answer, kYes);
  EXPECT_EQ(AskUser("CORP\\sql", "LAB\\sql").answer, kNo);
  EXPECT_EQ(AskUser("CORP\\sql", "sql").answer, kUnknown);
  EXPECT_EQ(AskUser("CORP\\sql", "sql@corp.example").answer, kUnknown);
  EXPECT_EQ(AskUser("sql@corp.example", "SQL@CORP.example").answer, kYes);
  EXPECT_EQ(AskUser("sql@corp.example", "sql@lab.example").answer, kNo);
  EXPECT_EQ(AskUser("sql@corp.example", "sql").answer, kUnknown);
  EXPECT_EQ(AskUser("sql@corp.example", "CORP\\sql").answer, kUnknown);
  EXPECT_EQ(AskUser("sql@*", "sql@lab.example").answer, kYes);
  EXPECT_EQ(AskUser("*\\sql", "sql").answer, kUnknown);
}

TEST(UserEntryTest, WithADomainIsCertainlyNotAnotherAccount) {
  for (const char* user : {"bob", "CORP\\bob", "bob@corp.example"}) {
    EXPECT_EQ(AskUser("CORP\\sql", user).answer, kNo) << user;
    EXPECT_EQ(AskUser("sql@corp.example", user).answer, kNo) << user;
  }
}

TEST(UserEntryTest, IsSplitAtTheLastBackslashElseAtTheLastAt) {
  EXPECT_EQ(AskUser("A\\B\\bob", "a\\b\\BOB").answer, kYes);
  EXPECT_EQ(AskUser("A\\bob", "a\\b\\bob").answer, kNo);
  EXPECT_EQ(AskUser("A\\*", "a\\b\\bob").answer, kNo) << "the * is the account's and does not run over a backslash";
  EXPECT_EQ(AskUser("*\\bob", "a\\b\\bob").answer, kYes);
  EXPECT_EQ(AskUser("a@b@lab", "a@b@lab").answer, kYes);
  EXPECT_EQ(AskUser("a@b", "a@b@lab").answer, kNo);
  EXPECT_EQ(AskUser("a@b", "LAB\\a@b").answer, kNo) << "with a backslash, an @ is part of the account";
  EXPECT_EQ(AskUser("LAB\\a@b", "LAB\\a@b").answer, kYes);
}

TEST(UserEntryTest, AnEmptyDomainIsNone) {
  EXPECT_EQ(AskUser("CORP\\bob", "\\bob").answer, kUnknown);
  EXPECT_EQ(AskUser("bob@corp", "bob@").answer, kUnknown);
  EXPECT_EQ(AskUser("bob", "\\bob").answer, kYes);
}

TEST(UserEntryTest, TheServersSeparatorSplitsAtItsFirstOccurrence) {
  EXPECT_EQ(AskUser("svc-*", "CORP+svc-sql", "+").answer, kYes);
  EXPECT_EQ(AskUser("svc-*", "CORP+svc-sql").answer, kNo);
  EXPECT_EQ(AskUser("CORP\\svc-*", "corp+svc-sql", "+").answer, kYes);
  EXPECT_EQ(AskUser("LAB\\svc-*", "corp+svc-sql", "+").answer, kNo);
  EXPECT_EQ(AskUser("svc-sql@corp", "corp+svc-sql", "+").answer, kUnknown);
  EXPECT_EQ(AskUser("b+c", "a+b+c", "+").answer, kYes);
  EXPECT_EQ(AskUser("a+b", "CORP\\a+b", "+").answer, kYes) << "a backslash goes before";
  EXPECT_EQ(AskUser("a+b", "a+b@corp", "+").answer, kYes) << "so does an @";
  EXPECT_EQ(AskUser("svc", "CORP::svc", "::").answer, kYes);
}

TEST(UserEntryTest, UnicodeNormalFormsAreOneName) {
  EXPECT_EQ(AskUser("J\u00D6RG", "jo\u0308rg").answer, kYes);
  EXPECT_EQ(AskUser("jo\u0308rg", "LAB\\J\u00D6RG").answer, kYes);
  EXPECT_EQ(AskUser("j?rg", "jo\u0308rg").answer, kYes) << "one character";
  EXPECT_EQ(AskUser("M\u00DCNCHEN\\bob", "mu\u0308nchen\\bob").answer, kYes);
}

TEST(UserEntryTest, SaysWhyItIsUnknownAndWhatWouldSettleIt) {
  EXPECT_EQ(AskUser("CORP\\sql", "sql").why,
            "the session's user has no domain; write \"sql\" to mean the account whatever its domain");
  EXPECT_THAT(AskUser("CORP\\sql", "sql@corp.example").why,
              HasSubstr("the session's user is written as name@realm, the entry is not; write both, or \"sql\""));
  EXPECT_THAT(AskUser("sql@corp.example", "CORP\\sql").why, HasSubstr("is written as DOMAIN\\name, the entry is not"));
  EXPECT_EQ(AskUser("CORP\\sql", "").why, "the server did not report it");
}

TEST(ClientEntryTest, ANameMayBeTheHostOfAnAddress) {
  EXPECT_EQ(AskClient("backup01", "\\\\10.0.0.9").answer, kUnknown);
  EXPECT_EQ(AskClient("backup*", "[2001:db8::1]").answer, kUnknown);
  EXPECT_EQ(AskClient("*", "10.0.0.9").answer, kYes);
  EXPECT_EQ(AskClient("10.0.0.*", "10.0.0.9").answer, kUnknown) << "a glob for names, whatever it looks like";
  EXPECT_EQ(AskClient("backup01", "10.0.0.9").why,
            "the server reports an address; write its network, or let the agent resolve names");
}

TEST(ClientEntryTest, NamesOfTheAddressAnswerFirst) {
  EXPECT_EQ(AskClient("backup01", "10.0.0.9", {{"BACKUP01."}}).answer, kYes);
  EXPECT_EQ(AskClient("backup*", "10.0.0.9", {{"www", "backup01.corp.example"}}).answer, kYes);
  EXPECT_EQ(AskClient("backup01", "10.0.0.9", {{"www", "backup01.corp.example"}}).answer, kUnknown);
  EXPECT_THAT(AskClient("backup01", "10.0.0.9", {{"www", "backup01.corp.example"}}).why,
              HasSubstr("\"backup01\" may be \"backup01.corp.example\"; write both"));
  EXPECT_EQ(AskClient("backup01", "10.0.0.9", {{"www"}}).answer, kNo);
  EXPECT_EQ(AskClient("backup01", "10.0.0.9", ClientValue::Names(std::vector<std::string>())).answer, kNo)
      << "known to have none";
}

TEST(ClientEntryTest, ThenTheKnownAddressesOfALiteralName) {
  const HostAddresses hosts = Hosts("Backup01.", {"10.0.0.8", "10.0.0.9", "2001:db8::9"});
  for (const char* client : {"10.0.0.9", "\\\\10.0.0.9", "::ffff:10.0.0.9", "[2001:DB8:0::9]"}) {
    EXPECT_EQ(AskClient("BACKUP01", client, std::nullopt, hosts).answer, kYes) << client;
  }
  EXPECT_EQ(AskClient("backup01", "10.0.0.7", std::nullopt, hosts).answer, kNo);
  EXPECT_EQ(AskClient("backup02", "10.0.0.9", std::nullopt, hosts).answer, kUnknown) << "not known";
  EXPECT_EQ(AskClient("backup01*", "10.0.0.9", std::nullopt, hosts).answer, kUnknown) << "not literal";
  EXPECT_EQ(AskClient("backup01", "10.0.0.9", std::nullopt, Hosts("backup01", {})).answer, kNo) << "has none";
  EXPECT_EQ(AskClient("backup01", "10.0.0.9", {{"www"}}, hosts).answer, kYes) << "no name matches, so addresses count";
  EXPECT_EQ(AskClient("backup01", "10.0.0.7", {{"www"}}, hosts).answer, kNo);
  EXPECT_EQ(AskClient("backup01", "10.0.0.9", {{"backup01.lab"}}, hosts).answer, kUnknown) << "a name that may match";
  EXPECT_EQ(AskClient("backup01", "10.0.0.7", {{"backup01"}}, hosts).answer, kYes) << "a name that matches";
}

TEST(ClientEntryTest, ANameThatIsPartlyQualifiedMayBeTheSame) {
  EXPECT_EQ(AskClient("backup01", "backup01").answer, kYes);
  EXPECT_EQ(AskClient("backup01", "backup01.corp.example").answer, kUnknown);
  EXPECT_EQ(AskClient("backup01.corp.example", "\\\\BACKUP01").answer, kUnknown);
  EXPECT_EQ(AskClient("backup01.corp.example", "backup01.lab.example").answer, kNo) << "both are qualified";
  EXPECT_EQ(AskClient("backup01", "backup02").answer, kNo) << "none is";
  EXPECT_EQ(AskClient("backup01", "backup02.corp.example").answer, kNo);
  EXPECT_EQ(AskClient("backup0?", "backup01.corp.example").answer, kUnknown);
  EXPECT_EQ(AskClient("backup*", "backup01.corp.example").answer, kYes);
  EXPECT_EQ(AskClient("*.corp.example", "backup01").answer, kUnknown);
  EXPECT_EQ(AskClient("pc-*.corp.example", "backup01").answer, kNo);
  EXPECT_EQ(AskClient("backup01", "backup01.corp.example").why,
            "\"backup01\" may be \"backup01.corp.example\"; write both if that is meant");
}

TEST(ClientEntryTest, ATrailingDotMakesNoDifference) {
  EXPECT_EQ(AskClient("backup01.corp.example.", "backup01.corp.example").answer, kYes);
  EXPECT_EQ(AskClient("backup01.corp.example", "\\\\backup01.corp.example.").answer, kYes);
  EXPECT_EQ(AskClient("backup01.", "backup01.").answer, kYes);
  EXPECT_EQ(AskClient("10.0.0.0/8", "10.0.0.9.").answer, kYes);
}

TEST(ClientEntryTest, NamesAndHostsSayNothingOfAClientThatIsAName) {
  EXPECT_EQ(AskClient("backup01", "pc-1", {{"backup01"}}, Hosts("backup01", {"10.0.0.9"})).answer, kNo);
}

TEST(ClientEntryTest, NetworksOfANameNeedItsAddress) {
  EXPECT_EQ(AskClient("10.0.0.0/8", "pc-1").answer, kUnknown);
  EXPECT_THAT(AskClient("10.0.0.0/8", "pc-1").why, HasSubstr("a name, whose address is not known; write \"pc-1\""));
  Session session = MakeSession("pc-1", "u");
  session.address = "2001:0db8:0::5";
  EXPECT_EQ(AskEntry("clients", "2001:db8::/32", MakeServer("s", {session})).answer, kYes);
  EXPECT_EQ(AskEntry("clients", "10.0.0.0/8", MakeServer("s", {session})).answer, kNo);
}

TEST(ClientEntryTest, UnicodeNormalFormsAreOneName) {
  EXPECT_EQ(AskClient("b\u00FCro-1", "\\\\BU\u0308RO-1").answer, kYes);
  EXPECT_EQ(AskClient("bu\u0308ro-1", "b\u00FCro-1.lab").answer, kUnknown);
}

TEST(TextEntryTest, ServersAndLabelsInAnyNormalForm) {
  ServerSnapshot server = MakeServer("B\u00FCro", {MakeSession("pc", "u")});
  server.labels["stra\u00DFe"] = "u\u0308ber";
  EXPECT_EQ(AskEntry("servers", "bu\u0308ro", server).answer, kYes);
  const auto policy = MustCompile("protect: [{name: p, when: {servers: {labels: {stra\u00DFe: \u00FCber}}}}]\n");
  const SessionTable table = MakeTable({server});
  const SessionFacts facts = FactsOf(table.server(0), 0, absl::UnixEpoch());
  EXPECT_EQ(AnswerWhen(policy->resolved().protections[0].when, facts), kYes);
}

// All entries of the policies of random cases on all of their sessions.
TEST(PatternCoverTest, WhatCoversAnotherNeverAnswersLess) {
  std::mt19937_64 random(11);
  int covered = 0;
  for (int i = 0; i < 300; ++i) {
    const testing::RandomCase made = testing::MakeRandomCase(random, {6, 4, 12});
    const auto policy = CompilePolicy({"p", made.Yaml(), nullptr}).policy;
    ASSERT_NE(policy, nullptr);
    std::vector<std::pair<Field, const Pattern*>> patterns;
    for (const ResolvedRule& rule : policy->resolved().rules) {
      for (const ResolvedCondition& condition : rule.when.all) {
        const auto* lists = std::get_if<PatternLists<PatternSet>>(&condition.value);
        if (lists == nullptr || !lists->in.has_value()) continue;
        for (const auto& list : *lists->in) {
          for (const Pattern& pattern : list->patterns) patterns.emplace_back(condition.field, &pattern);
        }
      }
    }
    const SessionTable table = MakeTable(made.servers, made.hosts);
    for (const auto& [field, wide] : patterns) {
      for (const auto& [other, narrow] : patterns) {
        if (field != other || !Covers(*wide, *narrow)) continue;
        for (size_t server = 0; server < table.server_count(); ++server) {
          for (size_t row = 0; row < table.server(server).size(); ++row) {
            const SessionFacts facts = FactsOf(table.server(server), row, made.at);
            ++covered;
            EXPECT_GE(AnswerPattern(*wide, field, facts).answer, AnswerPattern(*narrow, field, facts).answer)
                << wide->text << " covers " << narrow->text << "\n"
                << facts.client->spelling << " " << facts.user->spelling;
          }
        }
      }
    }
  }
  EXPECT_GT(covered, 1000);
}

}  // namespace
}  // namespace idlewarden::policy
