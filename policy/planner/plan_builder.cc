#include "policy/planner/plan_builder.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/model/client_name.h"
#include "policy/model/digest.h"
#include "policy/model/server_block.h"
#include "policy/planner/approved_rows.h"
#include "policy/planner/close_scopes.h"

namespace idlewarden::policy {
namespace {

bool IsPlanned(const SessionDecision& decision) {
  return decision.decision == Decision::kClose || decision.decision == Decision::kHeld;
}

// Each part with its length before it, so that no two lists of parts give one text.
void AddPart(absl::string_view part, std::string& text) { absl::StrAppend(&text, part.size(), ":", part, ";"); }

void AddConnection(const std::optional<std::string>& connection, std::string& text) {
  AddPart(connection.has_value() ? absl::StrCat("=", *connection) : "-", text);
}

void AddNumber(const std::optional<int64_t>& number, std::string& text) {
  AddPart(number.has_value() ? absl::StrCat(*number) : "-", text);
}

std::string DescribeForId(const PlannedPair& pair) {
  std::string text;
  AddPart(pair.server, text);
  AddPart(CanonicalClient(pair.client), text);
  AddPart(CanonicalUser(pair.user), text);
  AddConnection(pair.connection, text);
  AddPart(CloseScopeName(pair.scope), text);
  AddPart(pair.rule, text);
  AddPart(DecisionName(pair.decision), text);
  AddPart(ReasonName(pair.reason), text);
  AddPart(absl::StrCat(pair.sessions.size()), text);
  return text;
}

std::string DescribeSessions(const PlannedPair& pair) {
  std::string text;
  AddPart(pair.server, text);
  for (const Session& session : pair.sessions) {
    AddPart(session.client, text);
    AddPart(session.user, text);
    AddNumber(session.idle_seconds, text);
    AddPart(session.idle_bound == IdleBound::kAtLeast ? "at-least" : "exact", text);
    AddNumber(session.age_seconds, text);
    AddNumber(session.open_files, text);
    AddConnection(session.connection, text);
  }
  return text;
}

class ServerPlanner {
 public:
  ServerPlanner(const CycleInput& input, const ServerView& server, const std::vector<SessionDecision>& decisions)
      : input_(input), server_(server), rows_(*server.block().rows), scopes_(server.block()), decisions_(decisions) {}

  void AddPairs(Plan& plan) {
    GatherScopes();
    std::vector<bool> seen(rows_.pair_count);
    for (size_t row = 0; row < decisions_.size(); ++row) {
      if (!IsPlanned(decisions_[row]) || seen[rows_.pair[row]]) continue;
      seen[rows_.pair[row]] = true;
      plan.pairs.push_back(MakePair(row));
    }
  }

 private:
  // Where scopes overlap, a close may also end a session that is itself kept for the sake of a third.
  void GatherScopes() {
    std::vector<bool> has_self(rows_.pair_count);
    for (size_t row = 0; row < decisions_.size(); ++row) {
      if (decisions_[row].reason == Reason::kSelf) has_self[rows_.pair[row]] = true;
    }
    rows_of_scope_.resize(scopes_.count());
    for (size_t row = 0; row < decisions_.size(); ++row) {
      const bool beside = decisions_[row].reason == Reason::kCollateral && !has_self[rows_.pair[row]];
      if (!IsPlanned(decisions_[row]) && !beside) continue;
      scopes_.ForEachWith(row, [&](uint32_t scope) { rows_of_scope_[scope].push_back(static_cast<uint32_t>(row)); });
    }
  }

  PlannedPair MakePair(size_t row) const {
    const SessionDecision& decision = decisions_[row];
    PlannedPair pair;
    pair.server = server_.name();
    pair.client = server_.pools().clients()[rows_.client[row]].spelling;
    pair.user = server_.pools().users()[rows_.user[row]].spelling;
    if (const auto connection = server_.pair_connection(row)) pair.connection = std::string(*connection);
    pair.scope = scopes_.KindOf(row);
    pair.rule = std::string(input_.policy.NameOf(decision));
    pair.decision = decision.decision;
    pair.reason = decision.reason;
    for (const uint32_t member : rows_of_scope_[scopes_.Of(row)]) {
      pair.sessions.push_back(server_.session(member));
    }
    if (pair.decision != Decision::kClose) return pair;
    const std::string* approved = ApprovedPlanOf(input_, server_, row, decision, pair.sessions.size());
    if (approved != nullptr) pair.approved_plan = *approved;
    return pair;
  }

  const CycleInput& input_;
  const ServerView& server_;
  const SessionRows& rows_;
  const CloseScopes scopes_;
  const std::vector<SessionDecision>& decisions_;
  std::vector<std::vector<uint32_t>> rows_of_scope_;
};

}  // namespace

Plan BuildPlan(const CycleInput& input, const Decisions& decisions) {
  Plan plan;
  plan.at = input.at;
  plan.policy_hash = input.policy.hash();
  for (size_t i = 0; i < decisions.size(); ++i) {
    for (size_t decision = 0; decision < kDecisionCount; ++decision) {
      plan.sessions_by_decision[decision] += decisions.Count(i, static_cast<Decision>(decision));
    }
    if (decisions.Count(i, Decision::kClose) + decisions.Count(i, Decision::kHeld) == 0) continue;
    const ServerView server = input.table.server(i);
    ServerPlanner(input, server, decisions[i]).AddPairs(plan);
  }
  std::string identity = plan.policy_hash;
  std::string sessions;
  for (const PlannedPair& pair : plan.pairs) {
    identity += DescribeForId(pair);
    sessions += DescribeSessions(pair);
  }
  plan.id = Sha256Hex(identity).substr(0, 32);
  plan.snapshot_hash = Sha256Hex(sessions);
  return plan;
}

}  // namespace idlewarden::policy
