#include "agent/loop/pair_verdict.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/compiler/requirement.h"
#include "policy/model/client_name.h"
#include "policy/planner/close_scopes.h"

namespace idlewarden::agent {
namespace {

std::string WhyNot(const policy::SessionDecision& decision, absl::string_view rule) {
  return absl::StrCat("now ", policy::DecisionName(decision.decision), " (", policy::ReasonName(decision.reason),
                      rule.empty() ? "" : " ", rule, ")");
}

// Whether it is what sessions do now that keeps the pair, and not what somebody has said.
bool IsByActivity(policy::Reason reason) {
  switch (reason) {
    case policy::Reason::kNoRule:
    case policy::Reason::kCollateral:
    case policy::Reason::kFor:
      return true;
    default:
      return false;
  }
}

}  // namespace

policy::ServerSnapshot WithRecheck(const policy::ServerView& server, absl::string_view client, policy::CloseScope scope,
                                   std::vector<policy::Session> of_client) {
  policy::ServerSnapshot merged{.name = server.name(),
                                .labels = server.labels(),
                                .complete = server.complete(),
                                .close_scope = scope,
                                .domain_separator = server.domain_separator()};
  const std::string canonical = policy::CanonicalClient(client);
  for (size_t row = 0; row < server.size(); ++row) {
    if (server.canonical_client(row) != canonical) merged.sessions.push_back(server.session(row));
  }
  for (policy::Session& session : of_client) merged.sessions.push_back(std::move(session));
  return merged;
}

Verdict VerdictOn(const policy::CompiledPolicy& policy, const policy::ServerView& server,
                  const std::vector<policy::SessionDecision>& decisions, absl::string_view client,
                  absl::string_view user) {
  Verdict verdict{.close = false,
                  .present = false,
                  .why = "its sessions have ended",
                  .policy_hash = policy.hash(),
                  .scope = server.close_scope()};
  const policy::CloseScopes scopes(server.block());
  const std::string canonical_client = policy::CanonicalClient(client);
  const std::string canonical_user = policy::CanonicalUser(user);
  for (size_t row = 0; row < server.size(); ++row) {
    if (server.canonical_client(row) != canonical_client || server.canonical_user(row) != canonical_user) continue;
    // A session without connection can only be closed with its client.
    if (!verdict.present || scopes.KindOf(row) == policy::CloseScope::kClient) verdict.scope = scopes.KindOf(row);
    verdict.present = true;
    verdict.rule = std::string(policy.NameOf(decisions[row]));
    verdict.close = decisions[row].decision == policy::Decision::kClose;
    if (!verdict.close) {
      verdict.became_active = IsByActivity(decisions[row].reason);
      verdict.why = WhyNot(decisions[row], verdict.rule);
      return verdict;
    }
  }
  verdict.required = policy::RequirementOf(policy, verdict.rule);
  return verdict;
}

}  // namespace idlewarden::agent
