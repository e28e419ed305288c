#include "agent/loop/warnings.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/model/decision.h"

namespace idlewarden::agent {

namespace {

using Sentences = std::vector<std::string>;

void AddState(const AgentView& view, Sentences& sentences) {
  if (view.paused) {
    sentences.push_back(
        absl::StrCat("Paused: nothing is closed", view.pause_reason.empty() ? "" : ". Reason: ", view.pause_reason));
  }
  if (!view.policy.last_reload_error.empty()) {
    sentences.push_back(
        absl::StrCat("The last reload failed, the policy before it is in force: ", view.policy.last_reload_error));
  }
  if (!view.settings_error.empty()) {
    sentences.push_back(absl::StrCat("The changed settings were not taken over: ", view.settings_error));
  }
  if (view.observe_only) {
    sentences.push_back("The agent's mode is observe: nothing is closed, whatever the policy says");
  }
  if (!view.first_round_done && !view.servers.empty()) {
    sentences.push_back("Not every server was tried yet since the start: nothing is planned before");
  }
  if (view.open_closes > 0) {
    sentences.push_back(absl::StrCat("Of ", view.open_closes, view.open_closes == 1 ? " close" : " closes",
                                     " sent before the agent ended the outcome is not known: waiting for the server"));
  }
}

void AddServers(const AgentView& view, Sentences& sentences) {
  for (const ServerStatus& server : view.servers) {
    if (server.tried && !server.up) {
      sentences.push_back(absl::StrCat("Server ", server.name, " cannot be enumerated (", server.error_cause,
                                       "), so nothing is closed there: ", server.error));
    }
  }
  for (const ServerStatus& server : view.servers) {
    if (server.idle_rules_without_effect.empty()) continue;
    sentences.push_back(
        absl::StrCat("Idle times of server ", server.name, " are unknown",
                     server.idle_explanation.empty() ? "" : absl::StrCat(" (", server.idle_explanation, ")"),
                     ": these rules cannot act there: ", absl::StrJoin(server.idle_rules_without_effect, ", ")));
  }
}

// One sentence for each limit that holds, and the servers concerned.
void AddLimits(const AgentView& view, Sentences& sentences) {
  if (view.cycle == nullptr) return;
  const policy::Plan& plan = view.cycle->result.plan;
  std::map<policy::Reason, std::pair<size_t, std::set<std::string>>> held;
  for (const policy::PlannedPair& pair : plan.pairs) {
    if (pair.decision != policy::Decision::kHeld) continue;
    auto& [pairs, servers] = held[pair.reason];
    ++pairs;
    servers.insert(pair.server);
  }
  for (const auto& [reason, what] : held) {
    const auto& [pairs, servers] = what;
    const std::string where =
        servers.size() <= 5 ? absl::StrJoin(servers, ", ") : absl::StrCat(servers.size(), " servers");
    sentences.push_back(absl::StrCat(policy::ReasonName(reason), " holds ", pairs, pairs == 1 ? " close" : " closes",
                                     " back on ", where, " (plan ", plan.id.substr(0, 12), ")"));
  }
}

}  // namespace

std::vector<std::string> WarningsOf(const AgentView& view) {
  Sentences sentences;
  AddState(view, sentences);
  AddLimits(view, sentences);
  AddServers(view, sentences);
  return sentences;
}

}  // namespace idlewarden::agent
