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

}  // namespace

policy::ServerSnapshot WithLook(const policy::ServerView& server, absl::string_view client, policy::CloseScope scope,
                                std::vector<policy::Session> look) {
  policy::ServerSnapshot merged{.name = server.name(),
                                .labels = server.labels(),
                                .complete = server.complete(),
                                .close_scope = scope,
                                .domain_separator = server.domain_separator()};
  const std::string canonical = policy::CanonicalClient(client);
  for (size_t row = 0; row < server.size(); ++row) {
    if (server.canonical_client(row) != canonical) merged.sessions.push_back(server.session(row));
  }
  for (policy::Session& session : look) merged.sessions.push_back(std::move(session));
  return merged;
}

Verdict VerdictOn(const policy::CompiledPolicy& policy, const policy::ServerView& server,
                  const std::vector<policy::SessionDecision>& decisions, absl::string_view client,
                  absl::string_view user) {
  Verdict verdict{.close = false,
                  .present = false,
                  .why = "its sessions have gone",
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
      verdict.why = WhyNot(decisions[row], verdict.rule);
      return verdict;
    }
  }
  verdict.required = policy::RequirementOf(policy, verdict.rule);
  return verdict;
}

}  // namespace idlewarden::agent
