// Which sessions keep each other, against a slow reading of the decision table that compares all with all.

#include "policy/planner/close_scopes.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/model/pair_key.h"
#include "policy/planner/planner.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using testing::RandomCase;

std::optional<std::string> OptionalText(std::optional<absl::string_view> text) {
  return text.has_value() ? std::optional<std::string>(*text) : std::nullopt;
}

// What a close of `closed` really ends.
bool Ends(const ServerView& server, size_t closed, size_t other) {
  const Session a = server.session(closed);
  const Session b = server.session(other);
  const bool same_client = server.canonical_client(closed) == server.canonical_client(other);
  switch (server.close_scope()) {
    case CloseScope::kPair:
      return same_client && server.canonical_user(closed) == server.canonical_user(other);
    case CloseScope::kClient:
      return same_client;
    case CloseScope::kConnection:
      return a.connection.has_value() ? a.connection == b.connection : same_client;
  }
  return false;
}

bool SamePair(const ServerView& server, size_t a, size_t b) {
  const bool by_connection = server.close_scope() == CloseScope::kConnection;
  return server.canonical_client(a) == server.canonical_client(b) &&
         server.canonical_user(a) == server.canonical_user(b) &&
         (!by_connection || server.session(a).connection == server.session(b).connection);
}

// Lines 1-6 decided nothing.
bool Matched(const SessionDecision& decision) {
  return decision.reason == Reason::kCollateral || decision.reason == Reason::kMatched ||
         decision.decision == Decision::kHeld;
}

bool IsCollateral(const CompiledPolicy& policy, const ServerView& server, const std::vector<SessionDecision>& decisions,
                  size_t row) {
  const auto enforces = [&](size_t of) { return policy.rule_mode(decisions[of].rule) == RuleMode::kEnforce; };
  for (size_t other = 0; other < decisions.size(); ++other) {
    if (decisions[other].reason == Reason::kSelf) {
      if (SamePair(server, row, other)) return true;
    } else if (Ends(server, row, other)) {
      if (!Matched(decisions[other]) || (enforces(row) && !enforces(other))) return true;
    }
  }
  return false;
}

// The agent's connection is shared with nobody.
bool IsOfTheAgent(const ServerView& server, const std::vector<SessionDecision>& decisions, size_t row) {
  for (size_t other = 0; other < decisions.size(); ++other) {
    if (decisions[other].reason == Reason::kSelf && SamePair(server, row, other)) return true;
  }
  return false;
}

size_t SessionsEnded(const ServerView& server, const std::vector<SessionDecision>& decisions, const PlannedPair& pair) {
  size_t row = 0;
  while (PairKeyOf("", server.client(row), server.user(row), OptionalText(server.pair_connection(row))) !=
         PairKeyOf("", pair.client, pair.user, pair.connection)) {
    ++row;
  }
  size_t ended = 0;
  for (size_t other = 0; other < decisions.size(); ++other) {
    if (Ends(server, row, other) && !IsOfTheAgent(server, decisions, other)) ++ended;
  }
  return ended;
}

std::string Difference(const RandomCase& random) {
  const CompileResult compiled = CompilePolicy({"random.yaml", random.Yaml(), nullptr});
  const SessionTable table = testing::MakeTable(random.servers, random.hosts);
  const CycleInput input{.policy = *compiled.policy, .table = table, .at = random.at};
  const CycleResult result = RunCycle(input);
  for (size_t i = 0; i < table.server_count(); ++i) {
    const ServerView server = table.server(i);
    const std::vector<SessionDecision>& decisions = result.decisions[i];
    for (size_t row = 0; row < decisions.size(); ++row) {
      if (!Matched(decisions[row])) continue;
      const std::string where = absl::StrCat("server ", server.name(), " row ", row);
      const bool collateral = decisions[row].reason == Reason::kCollateral;
      if (collateral != IsCollateral(*compiled.policy, server, decisions, row)) return where + ": collateral";
      if (decisions[row].decision != Decision::kClose) continue;
      for (size_t other = 0; other < decisions.size(); ++other) {
        if (Ends(server, row, other) && decisions[other].decision == Decision::kHeld)
          return where + ": ends a held one";
      }
    }
  }
  for (const PlannedPair& pair : result.plan.pairs) {
    const size_t index = *table.FindServer(pair.server);
    if (SessionsEnded(table.server(index), result.decisions[index], pair) != pair.sessions.size()) {
      return absl::StrCat(pair.server, " ", pair.user, ": sessions of the plan");
    }
  }
  return "";
}

TEST(CloseScopesProperty, ASessionIsClosedOnlyWithAllThatItsCloseEnds) {
  // Few clients and rules of all modes, so that scopes meet.
  EXPECT_EQ(testing::FirstDifference(3'000'000, testing::kUsualCases, {4, 1, 30}, Difference), "");
}

TEST(CloseScopesTest, AreNumberedWithinTheirCount) {
  ServerSnapshot server = testing::MakeServer(
      "s", {testing::MakeSession("a", "u"), testing::MakeSession("a", "v"), testing::MakeSession("b", "u")});
  server.close_scope = CloseScope::kConnection;
  server.sessions[0].connection = "c1";
  const SessionTable table = testing::MakeTable({server});
  const CloseScopes scopes(table.server(0).block());
  EXPECT_EQ(scopes.count(), 3u);
  EXPECT_EQ(scopes.KindOf(0), CloseScope::kConnection);
  EXPECT_EQ(scopes.KindOf(1), CloseScope::kClient);
  EXPECT_TRUE(scopes.Contains(scopes.Of(1), 0));
  EXPECT_FALSE(scopes.Contains(scopes.Of(0), 1));
  EXPECT_FALSE(scopes.Contains(scopes.Of(2), 0));
}

}  // namespace
}  // namespace idlewarden::policy
