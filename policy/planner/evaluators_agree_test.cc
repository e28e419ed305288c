// The compiled evaluator against the plain one: equal decisions, rules and reasons for thousands of random policies.
//
// A failure prints the seed and the shrunk case. EVALUATORS_SEED and EVALUATORS_CASES in the environment choose others.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/evaluator/plain_evaluator.h"
#include "policy/evaluator/table_evaluator.h"
#include "policy/planner/decide_server.h"
#include "policy/planner/limits.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using testing::RandomCase;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

std::vector<RowMatch> MatchAllPlainly(const CompiledPolicy& policy, const ServerView& server, absl::Time at) {
  std::vector<RowMatch> matches;
  for (size_t row = 0; row < server.size(); ++row) {
    matches.push_back(MatchPlainly(policy.resolved(), FactsOf(server, row, at)));
  }
  return matches;
}

// "" if the evaluators agree; else the first difference. `kept` has served other policies and tables before.
std::string Difference(const RandomCase& random, LookupCache& kept) {
  const CompileResult compiled = CompilePolicy({"random.yaml", random.Yaml(), nullptr});
  if (compiled.policy == nullptr) {
    for (const Diagnostic& d : compiled.diagnostics) {
      if (d.severity == Severity::kError) return FormatDiagnostic(d);
    }
  }
  const CompiledPolicy& policy = *compiled.policy;
  const SessionTable table = testing::MakeTable(random.servers, random.hosts);
  const CycleInput input{.policy = policy, .table = table, .at = random.at};
  const CycleInput with_kept{.policy = policy, .table = table, .at = random.at, .lookups = &kept};
  const SessionTable reversed = testing::MakeTable({random.servers.rbegin(), random.servers.rend()}, random.hosts);
  const CycleInput with_other_table{.policy = policy, .table = reversed, .at = random.at, .lookups = &kept};
  Decisions plain(table.server_count());
  for (size_t i = 0; i < table.server_count(); ++i) {
    const ServerView server = table.server(i);
    plain.Set(i, DecideBeforeLimits(input, server, MatchAllPlainly(policy, server, random.at)));
    if (DecideServer(input, i) != plain[i]) return absl::StrCat("server ", i, " by itself, before limits");
    if (DecideServer(with_kept, i) != plain[i]) return absl::StrCat("server ", i, " with kept look-ups");
  }
  const Decisions plain_alone = plain;  // before limits
  ApplyLimits(input, plain);
  const Decisions compiled_decisions = DecideAll(input);
  if (DecideAll(with_kept) != compiled_decisions) return "all servers with kept look-ups";
  for (size_t i = 0; i < plain_alone.size(); ++i) {
    if (DecideServer(with_other_table, plain_alone.size() - 1 - i) != plain_alone[i]) {
      return absl::StrCat("server ", i, " of another table with kept look-ups");
    }
  }
  for (size_t i = 0; i < plain.size(); ++i) {
    for (size_t row = 0; row < plain[i].size(); ++row) {
      const SessionDecision& a = plain[i][row];
      const SessionDecision& b = compiled_decisions[i][row];
      if (a == b) continue;
      return absl::StrCat("server ", i, " row ", row, ": plain ", DecisionName(a.decision), " ", policy.NameOf(a), " ",
                          ReasonName(a.reason), ", compiled ", DecisionName(b.decision), " ", policy.NameOf(b), " ",
                          ReasonName(b.reason));
    }
  }
  return "";
}

void Compare(uint64_t first_seed, uint64_t cases, const testing::RandomCaseSize& size) {
  LookupCache kept;
  const auto difference = [&](const RandomCase& random) { return Difference(random, kept); };
  EXPECT_EQ(testing::FirstDifference(first_seed, cases, size, difference), "");
}

using testing::kUsualCases;

TEST(EvaluatorsAgreeTest, OnSmallPolicies) {
  Compare(FromEnvironment("EVALUATORS_SEED", 1), FromEnvironment("EVALUATORS_CASES", kUsualCases), {8, 4, 30});
}

// Several words of bits, so that their order and the summaries come into play.
TEST(EvaluatorsAgreeTest, OnPoliciesOfHundredsOfRules) {
  Compare(FromEnvironment("EVALUATORS_SEED", 1) + 1'000'000, FromEnvironment("EVALUATORS_CASES", kUsualCases) / 50,
          {600, 200, 40});
}

TEST(EvaluatorsAgreeTest, ShrinkingKeepsOnlyWhatFails) {
  std::mt19937_64 random(7);
  testing::RandomCase made = testing::MakeRandomCase(random, {20, 10, 20});
  made.rules.push_back({{{"idle: 1h", "guest: true"}, {}}, true});
  const auto has_guest = [](const RandomCase& smaller) { return absl::StrContains(smaller.Yaml(), "guest: true"); };
  const RandomCase shrunk = Shrink(made, has_guest);
  EXPECT_TRUE(has_guest(shrunk));
  EXPECT_LE(shrunk.rules.size() + shrunk.protections.size(), 1u);
  EXPECT_TRUE(shrunk.servers.empty());
}

}  // namespace
}  // namespace idlewarden::policy
