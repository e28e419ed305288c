#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/compiler/compile.h"
#include "policy/scenario/scenario_reader.h"
#include "policy/scenario/scenario_runner.h"

namespace idlewarden::policy {
namespace {

using ::testing::HasSubstr;

constexpr char kPolicy[] = R"(version: 1
limits: {max_closes_per_cycle: 3}
protect:
  - {name: bosses, when: {users: [boss]}}
  - {name: service, when: {users: ['CORP\svc']}}
rules:
  - {name: kiosks, when: {idle: 15m, clients: [10.20.0.0/16]}, mode: enforce}
  - {name: slow, when: {idle: 1h}, mode: enforce, for: 10m}
)";

std::vector<ScenarioResult> RunAll(const std::string& tests) {
  const CompileResult compiled = CompilePolicy({.file_name = "p.yaml", .text = kPolicy});
  EXPECT_TRUE(compiled.policy != nullptr);
  const ScenarioReadResult read = ReadScenarios("version: 1\npolicy: p.yaml\ntests:\n" + tests, "t.yaml");
  for (const Diagnostic& diagnostic : read.diagnostics) ADD_FAILURE() << FormatDiagnostic(diagnostic);
  std::vector<ScenarioResult> results;
  for (const ScenarioCase& scenario : read.file.cases) results.push_back(RunScenario(*compiled.policy, scenario));
  return results;
}

std::string ErrorsOf(const std::string& text) {
  std::string errors;
  for (const Diagnostic& diagnostic : ReadScenarios(text, "t.yaml").diagnostics) {
    errors += FormatDiagnostic(diagnostic) + "\n";
  }
  return errors;
}

TEST(ScenarioTest, PassesWhereEachSessionIsAsExpected) {
  const auto results = RunAll(R"(
  - name: idle kiosk
    steps:
      - sessions:
          - {client: 10.20.0.5, user: alice, idle: 20m, expect: {decision: close, rule: kiosks, reason: matched}}
          - {client: 10.20.0.6, user: bob, idle: 14m, expect: keep}
          - {client: 10.20.0.7, user: boss, idle: 14h, expect: {decision: keep, rule: bosses, reason: protected}}
          - {client: 10.20.0.8, user: carol, expect: {decision: keep, reason: no-rule}}
)");
  ASSERT_EQ(results.size(), 1);
  EXPECT_TRUE(results[0].passed()) << results[0].failures[0].got;
}

TEST(ScenarioTest, TellsWhatWasExpectedAndWhatCame) {
  const auto results = RunAll(R"(
  - name: wrong
    steps:
      - sessions:
          - {client: 10.20.0.5, user: alice, idle: 20m, expect: {decision: keep, reason: no-rule}}
)");
  ASSERT_EQ(results[0].failures.size(), 1);
  EXPECT_EQ(results[0].failures[0].session, "server 10.20.0.5 alice");
  EXPECT_EQ(results[0].failures[0].expected, "keep (no-rule)");
  EXPECT_EQ(results[0].failures[0].got, "close by kiosks (matched)");
  EXPECT_EQ(results[0].failures[0].line, 8);
  EXPECT_THAT(results[0].failures[0].explanation, HasSubstr("kiosks"));
}

TEST(ScenarioTest, ACloseThatNobodyExpectsFailsUnlessAllowed) {
  const std::string steps = R"(
    steps:
      - sessions: [{client: 10.20.0.5, idle: 20m}]
)";
  EXPECT_FALSE(RunAll("  - name: a" + steps)[0].passed());
  EXPECT_TRUE(RunAll("  - name: a\n    unexpected_closes: allow" + steps)[0].passed());
  EXPECT_TRUE(RunAll("  - name: a\n    mode: observe" + steps)[0].passed());
}

TEST(ScenarioTest, StepsTestFor) {
  const auto results = RunAll(R"(
  - name: for
    steps:
      - sessions: [{user: a, idle: 1h, expect: {decision: pending, rule: slow, reason: for}}]
      - after: 9m59s
        sessions: [{user: a, idle: 1h9m59s, expect: pending}]
      - after: 10m
        sessions: [{user: a, idle: 1h10m, expect: {decision: close, rule: slow}}]
)");
  EXPECT_TRUE(results[0].passed()) << results[0].failures[0].step << results[0].failures[0].got;
}

TEST(ScenarioTest, ForIsNotInheritedByAnotherSessionOfThePair) {
  const auto results = RunAll(R"(
  - name: the one that matched has gone
    steps:
      - sessions:
          - {user: a, idle: 61m, age: 10h, expect: {decision: keep, reason: collateral}}
          - {user: a, idle: 50m, age: 10h, expect: keep}
      - after: 11m
        sessions: [{user: a, idle: 61m, age: 10h11m, expect: pending}]
)");
  EXPECT_TRUE(results[0].passed()) << results[0].failures[0].step << results[0].failures[0].got;
}

TEST(ScenarioTest, WhatIsNotShownHasToStartAgain) {
  const auto results = RunAll(R"(
  - name: the only session of a server was away
    steps:
      - sessions: [{user: a, idle: 1h}]
      - after: 5m
        sessions: []
      - after: 11m
        sessions: [{user: a, idle: 71m, expect: pending}]
  - name: busy in an incomplete enumeration
    steps:
      - sessions: [{user: a, idle: 1h}]
      - after: 3m
        servers: {server: {complete: false}}
        sessions: [{user: a, idle: 0s}]
      - after: 70m
        sessions: [{user: a, idle: 66m, expect: pending}]
)");
  for (const ScenarioResult& result : results) EXPECT_TRUE(result.passed()) << result.name << result.failures[0].got;
}

TEST(ScenarioTest, AnEmptyDomainIsNoDomain) {
  const auto results = RunAll(R"(
  - name: a protection with a domain
    steps:
      - sessions:
          - {client: 10.20.0.5, user: '\svc', idle: 1h, expect: {decision: keep, reason: protected-unknown}}
          - {client: 10.20.0.6, user: 'svc', idle: 1h, expect: {decision: keep, reason: protected-unknown}}
          - {client: 10.20.0.7, user: 'corp\SVC', idle: 1h, expect: {decision: keep, reason: protected}}
          - {client: 10.20.0.8, user: 'OTHER\svc', idle: 1h, expect: close}
)");
  EXPECT_TRUE(results[0].passed()) << results[0].failures[0].session << results[0].failures[0].got;
}

TEST(ScenarioTest, KnowsWhatElseAServerMayReport) {
  const auto results = RunAll(R"(
  - name: bounds
    steps:
      - sessions:
          - {client: 10.20.0.5, idle: 20m, idle_bound: at-least, expect: {decision: close, rule: kiosks}}
          - {client: 10.20.0.6, idle: 14m, idle_bound: at-least, expect: {decision: keep, reason: no-rule}}
          - {client: 10.20.0.7, idle: 20m, idle_bound: exact, expect: close}
  - name: connections
    steps:
      - servers: {server: {close_scope: connection}}
        sessions:
          - {client: 10.20.0.5, user: alice, idle: 20m, connection: c1, expect: close}
          - {client: 10.20.0.5, user: bob, idle: 20m, expect: {decision: keep, reason: collateral}}
          - {client: 10.20.0.5, user: carol, idle: 1m, connection: c2, expect: keep}
          - {client: 10.20.0.9, user: dave, idle: 20m, connection: "d{n}", repeat: 2, expect: close}
  - name: names, hosts and domains
    steps:
      - servers: {server: {domain_separator: "+"}}
        hosts: {Backup01.corp.example.: [10.77.0.5]}
        sessions:
          - {client: 10.20.0.5, user: CORP+boss, idle: 20m, expect: {decision: keep, reason: protected}}
          - {client: 10.20.0.6, names: [pc-6.corp.example], idle: 20m, expect: close}
)");
  for (const ScenarioResult& result : results) {
    EXPECT_TRUE(result.passed()) << result.name << ": " << result.failures[0].session << ": " << result.failures[0].got;
  }
  EXPECT_EQ(results.size(), 3);
}

TEST(ScenarioReaderTest, WrongNamesBoundsAndHosts) {
  const std::string errors = ErrorsOf(R"(version: 1
policy: p.yaml
tests:
  - name: t
    steps:
      - servers: {server: {close_scope: all}}
        hosts: {backup01: [10.0.0], b: 10.0.0.1}
        sessions: [{idle_bound: about, names: pc-1, connection: [c]}]
)");
  for (const char* error :
       {"t.yaml:6:", "pair, client, connection", "the host \"backup01\": \"10.0.0\" is not an IP address",
        "the host \"b\"", "exact, at-least", "`names`", "`connection`"}) {
    EXPECT_THAT(errors, HasSubstr(error));
  }
}

TEST(ScenarioTest, RepetitionTestsLimits) {
  const auto results = RunAll(R"(
  - name: under the limit
    steps: [{sessions: [{client: "10.20.0.{n}", user: "u{n}", repeat: 3, idle: 20m, expect: close}]}]
  - name: over it
    steps:
      - sessions:
          - {client: "10.20.0.{n}", user: "u{n}", repeat: 4, idle: 20m, expect: {decision: held, reason: limit-cycle}}
)");
  EXPECT_TRUE(results[0].passed());
  EXPECT_TRUE(results[1].passed());
}

TEST(ScenarioReaderTest, FewLinesCannotComeToMoreSessionsThanThereIsMemoryFor) {
  const std::string head = "version: 1\npolicy: p.yaml\ntests:\n- name: a\n  steps:\n  - sessions:\n";
  const std::string many = "    - {user: \"u{n}\", repeat: 100000}\n";
  EXPECT_EQ(ErrorsOf(head + many + many), "");
  EXPECT_THAT(ErrorsOf(head + many + many + many + many), HasSubstr("t.yaml:9:7: error [too-large]"));
  const std::string text(10'000, 'x');
  EXPECT_THAT(ErrorsOf(head + "    - {user: " + text + ", repeat: 100000}\n"),
              HasSubstr("t.yaml:7:7: error [too-large]"));
}

TEST(ScenarioReaderTest, AnInfiniteTimeIsNoStart) {
  EXPECT_THAT(ErrorsOf("version: 1\npolicy: p.yaml\nstart: infinite-future\ntests:\n"),
              HasSubstr("t.yaml:3:8: error [bad-time]"));
}

TEST(ScenarioReaderTest, ErrorsBeforeASyntaxErrorAreReportedWithIt) {
  const std::string errors = ErrorsOf(R"(version: 2
tests:
  - name: a
    mod: observe
    steps: [{sessions: []}]
  - name: b
    steps: [
)");
  EXPECT_THAT(errors, HasSubstr("t.yaml:1:10: error [bad-version]"));
  EXPECT_THAT(errors, HasSubstr("t.yaml:4:5: error [unknown-key]"));
  EXPECT_THAT(errors, HasSubstr("error [yaml-syntax]"));
  EXPECT_THAT(errors, ::testing::Not(HasSubstr("policy")));  // may have stood behind
}

TEST(ScenarioReaderTest, AQuoteThatIsNotClosedDoesNotSwallowTests) {
  const std::string errors = ErrorsOf(R"(version: 1
policy: p.yaml
tests:
  - name: a
    steps: [{sessions: [{client: c, user: u}]}]
  - name: "b
    steps: [{sessions: [{client: c, user: u}]}]
)");
  EXPECT_THAT(errors, HasSubstr("t.yaml:6:11: error [yaml-syntax] the quote"));
}

TEST(ScenarioReaderTest, AFileWithoutTestsIsAnError) {
  EXPECT_THAT(ErrorsOf("version: 1\npolicy: p.yaml\n"), HasSubstr("t.yaml:1:1: error [missing-key]"));
  EXPECT_THAT(ErrorsOf("version: 1\npolicy: p.yaml\ntests: []\n"), HasSubstr("there is no test in this file"));
}

TEST(ScenarioReaderTest, AServerWithoutSessionsIsAMisspeltOne) {
  EXPECT_THAT(ErrorsOf("version: 1\npolicy: p.yaml\ntests:\n  - name: a\n    steps:\n"
                       "      - servers: {sever: {complete: false}}\n        sessions: [{idle: 1h}]\n"),
              HasSubstr("no session of this step is on the server \"sever\""));
}

TEST(ScenarioReaderTest, ReportsAllErrorsWithTheirPlaces) {
  const std::string errors = ErrorsOf(R"(version: 1
policy: p.yaml
start: yesterday
tests:
  - name: a
    mod: observe
    steps:
      - sessions:
          - {idle: fast, expect: {decision: clsoe}}
      - sessions: []
)");
  EXPECT_THAT(errors, HasSubstr("t.yaml:3:8: error [bad-time]"));
  EXPECT_THAT(errors, HasSubstr("t.yaml:6:5: error [unknown-key]"));
  EXPECT_THAT(errors, HasSubstr("t.yaml:9:20: error [bad-duration]"));
  EXPECT_THAT(errors, HasSubstr("did you mean \"close\"?"));
  EXPECT_THAT(errors, HasSubstr("steps go forward in time"));
}

}  // namespace
}  // namespace idlewarden::policy
