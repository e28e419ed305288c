#include "policy/evaluator/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/session_facts.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

TEST(ExplainTest, TellsMeasuredRequiredAndAnswer) {
  const auto policy = testing::MustCompile(
      "lists: {service: [\"svc-*\", backup], nets: [10.0.0.0/8]}\n"
      "protect:\n"
      "- {name: services, when: {users: [$service, \"CORP\\\\bob\"]}}\n"
      "rules:\n"
      "- name: kiosks\n"
      "  when:\n"
      "    idle: {at_least: 15m, below: 30d}\n"
      "    clients: {in: [$nets, \"kiosk-*\"], not_in: [kiosk-9]}\n"
      "    servers: {labels: {site: [ams, rtm]}}\n"
      "    during: {days: [mon-fri], from: \"19:00\", to: \"07:00\", zone: Europe/Amsterdam}\n"
      "    any: [{guest: true}, {open_files: {at_least: 1, at_most: 3}, age: 1h}]\n"
      "  mode: enforce\n");
  Session session = testing::MakeSession("\\\\PC-1", "bob");
  session.idle_seconds = 1900;
  session.guest.reset();
  const SessionTable table = testing::MakeTable({testing::MakeServer("fs01", {session})});
  const Explanation explanation = Explain(*policy, table.server(0), 0, testing::MustParseTime("2026-11-20T10:00:00Z"));
  EXPECT_EQ(explanation.match.protection, 0);
  EXPECT_TRUE(explanation.match.protection_unknown);
  EXPECT_EQ(FormatExplanation(explanation),
            R"(session of bob from \\PC-1 on fs01 at 2026-11-20T10:00:00+00:00
built-in protections
  no      anonymous: user and client are known
  no      self: it is not the agent's own session
  no      machine-account: the account of bob does not end in $
protection services: unknown
  unknown users: bob, required in ["CORP\bob", $service] (may match "CORP\bob": the session's user has no domain; write "bob" to mean the account whatever its domain)
rule kiosks (enforce): no
  yes     idle: 31m40s, required at least 15m and below 30d
  unknown clients: pc-1, required in ["kiosk-*", $nets], not in ["kiosk-9"] (may match "10.0.0.0/8": the server reports a name, whose address is not known; write "pc-1" beside it if that is meant)
  no      label site: not set, required ams or rtm
  no      during: Fri 2026-11-20 11:00 CET, required mon,tue,wed,thu,fri 19:00-07:00 Europe/Amsterdam
  unknown any of
    unknown all of
      yes     open_files: 0, required exactly 0
      unknown guest: unknown, required true
    no      all of
      yes     age: 2h, required at least 1h
      no      open_files: 0, required at least 1 and at most 3
)");
}

TEST(ExplainTest, TellsWhyNobodyCanKnowWhoIsMeant) {
  const auto policy = testing::MustCompile(
      "protect:\n- {name: hosts, when: {clients: [backup01, 10.0.0.0/8]}}\n"
      "- {name: sql, when: {users: [\"CORP\\\\sql\"]}}\n"
      "rules: [{name: r, when: {idle: 1h, clients: {not_in: [admin-pc]}}}]\n");
  const SessionTable table =
      testing::MakeTable({testing::MakeServer("s", {testing::MakeSession("\\\\11.0.0.9", "sql@corp.example"),
                                                    testing::MakeSession("backup01.corp.example", "eve")})});
  const auto explain = [&](size_t row) {
    return FormatExplanation(Explain(*policy, table.server(0), row, absl::UnixEpoch()));
  };
  EXPECT_THAT(explain(0), ::testing::HasSubstr(
                              R"(protection hosts: unknown
  unknown clients: 11.0.0.9, required in ["backup01", "10.0.0.0/8"] (may match "backup01": the server reports an address; write its network, or let the agent resolve names)
protection sql: unknown
  unknown users: sql@corp.example, required in ["CORP\sql"] (may match "CORP\sql": the session's user is written as name@realm, the entry is not; write both, or "sql" to mean the account whatever its domain)
rule r (observe): unknown
)"));
  EXPECT_THAT(explain(0), ::testing::HasSubstr("required not in [\"admin-pc\"] (may match \"admin-pc\": the server"));
  EXPECT_THAT(explain(1),
              ::testing::HasSubstr(
                  R"((may match "backup01": "backup01" may be "backup01.corp.example"; write both if that is meant)
)"));
}

std::string ExplainAt(absl::string_view yaml, absl::string_view at) {
  const auto policy = testing::MustCompile(yaml);
  const SessionTable table = testing::MakeTable({testing::MakeServer("s", {testing::MakeSession("pc", "bob")})});
  return FormatExplanation(Explain(*policy, table.server(0), 0, testing::MustParseTime(at)));
}

TEST(ExplainTest, ALowerBoundOfTheIdleTimeSaysWhatWouldSettleIt) {
  const auto policy = testing::MustCompile(
      "rules:\n"
      "- {name: short, when: {idle: 15m, open_files: {at_least: 0}}}\n"
      "- {name: long, when: {idle: 30m, open_files: {at_least: 0}}}\n"
      "- {name: between, when: {idle: {at_least: 15m, below: 1h}, open_files: {at_least: 0}}}\n"
      "- {name: below, when: {idle: {at_least: 10m, below: 20m}, open_files: {at_least: 0}}}\n");
  Session session = testing::MakeSession("pc-1", "bob");
  session.idle_seconds = 1200;
  session.idle_bound = IdleBound::kAtLeast;
  const SessionTable table = testing::MakeTable({testing::MakeServer("fs01", {session})});
  const std::string text = FormatExplanation(Explain(*policy, table.server(0), 0, absl::UnixEpoch()));
  for (const char* line :
       {"yes     idle: at least 20m, required at least 15m\n",
        "unknown idle: at least 20m, required at least 30m (the last use was not seen: known once the next one is, or "
        "once it is idle for at least 30m)\n",
        "unknown idle: at least 20m, required at least 15m and below 1h (the last use was not seen: known once the "
        "next one is, or once it is idle for at least 1h)\n",
        "no      idle: at least 20m, required at least 10m and below 20m\n"}) {
    EXPECT_THAT(text, ::testing::HasSubstr(line));
  }
}

TEST(ExplainTest, DuringTellsDateZonesAndTheExceptionThatDecides) {
  constexpr absl::string_view kTwoZones =
      "protect:\n- name: p\n  when:\n    during:\n    - {days: [sun], zone: Europe/Amsterdam}\n"
      "    - {from: \"22:00\", to: \"06:00\", zone: America/New_York, except_dates: [2026-11-22, 2026-12-25]}\n"
      "    - {from: \"08:00\", to: \"09:00\", zone: Europe/Amsterdam}\n";
  EXPECT_THAT(
      ExplainAt(kTwoZones, "2026-11-23T08:00:00Z"),
      ::testing::HasSubstr("no      during: Mon 2026-11-23 09:00 CET = Mon 2026-11-23 03:00 EST, required sun "
                           "00:00-24:00 Europe/Amsterdam or every day 22:00-06:00 America/New_York or every day "
                           "08:00-09:00 Europe/Amsterdam (2026-11-22 is one of except_dates)\n"));
  EXPECT_THAT(ExplainAt(kTwoZones, "2026-12-25T20:00:00Z"),
              ::testing::HasSubstr("2026-12-25 21:00 CET = Fri 2026-12-25 15:00 EST, required"));
  EXPECT_THAT(ExplainAt(kTwoZones, "2026-12-25T20:00:00Z"), ::testing::Not(::testing::HasSubstr("except_dates")));
}

TEST(ExplainTest, AProtectionThatDecidesShowsItsReason) {
  constexpr absl::string_view kYaml =
      "protect:\n- {name: p, reason: \"runs\\tat night\", when: {users: [bob]}}\n"
      "- {name: q, reason: unused, when: {users: [eve]}}\n";
  const std::string text = ExplainAt(kYaml, "2026-11-23T08:00:00Z");
  EXPECT_THAT(text, ::testing::HasSubstr("protection p: yes, because: runs\\tat night\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("protection q: no\n"));
}

// The tree is made beside the evaluation, so it must come to the same answers.
TEST(ExplainTest, AgreesWithTheEvaluator) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) {
    const testing::RandomCase made = testing::MakeRandomCase(random, {8, 4, 10});
    const auto policy = CompilePolicy({"p", made.Yaml(), nullptr}).policy;
    ASSERT_NE(policy, nullptr);
    const SessionTable table = testing::MakeTable(made.servers, made.hosts);
    for (size_t server = 0; server < table.server_count(); ++server) {
      for (size_t row = 0; row < table.server(server).size(); ++row) {
        const Explanation explanation = Explain(*policy, table.server(server), row, made.at);
        const SessionFacts facts = FactsOf(table.server(server), row, made.at);
        for (size_t rule = 0; rule < explanation.rules.size(); ++rule) {
          EXPECT_EQ(explanation.rules[rule].when.answer, AnswerWhen(policy->resolved().rules[rule].when, facts))
              << made.ToString();
        }
        for (size_t p = 0; p < explanation.protections.size(); ++p) {
          EXPECT_EQ(explanation.protections[p].when.answer, AnswerWhen(policy->resolved().protections[p].when, facts))
              << made.ToString();
        }
      }
    }
  }
}

TEST(ExplainTest, BuiltInProtectionsSayWhatTheyFound) {
  const auto policy = testing::MustCompile("allow: [machine-accounts]\n");
  Session empty = testing::MakeSession("", "HV01$@CORP.EXAMPLE");
  empty.own = true;
  const SessionTable table = testing::MakeTable({testing::MakeServer("fs01", {empty, testing::MakeSession("", "")})});
  const absl::Time at = testing::MustParseTime("2026-11-20T10:00:00Z");
  EXPECT_EQ(FormatExplanation(Explain(*policy, table.server(0), 0, at)),
            R"(session of HV01$@CORP.EXAMPLE from (no client) on fs01 at 2026-11-20T10:00:00+00:00
built-in protections
  yes     anonymous: the client is empty
  yes     self: it is the agent's own session
  no      machine-account: the account of HV01$@CORP.EXAMPLE ends in $ (lifted by allow: [machine-accounts])
)");
  EXPECT_THAT(FormatExplanation(Explain(*policy, table.server(0), 1, at)),
              ::testing::HasSubstr("yes     anonymous: user and client are empty"));
}

}  // namespace
}  // namespace idlewarden::policy
