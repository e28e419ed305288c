#include "agent/loop/warnings.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/overrides/held_plan.h"
#include "agent/overrides/hold.h"
#include "agent/overrides/self_demotion.h"

namespace idlewarden::agent {

namespace {

using Sentences = std::vector<std::string>;

void AddState(const AgentView& view, Sentences& sentences) {
  for (const Hold& hold : view.overrides.holds) sentences.push_back(HoldSentence(hold));
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
  if (view.unresolved_closes > 0) {
    sentences.push_back(absl::StrCat("Of ", view.unresolved_closes, view.unresolved_closes == 1 ? " close" : " closes",
                                     " sent before the agent ended the outcome is not known: waiting for the server"));
  }
}

void MoveTo(Sentences& from, Sentences& to) { std::move(from.begin(), from.end(), std::back_inserter(to)); }

// First those that are down, then those on which closing rests, then those without idle times.
void AddServers(const AgentView& view, Sentences& sentences) {
  Sentences resting;
  Sentences without_idle;
  for (const auto& shared : view.servers) {
    const ServerStatus& server = *shared;
    if (server.tried && !server.up) {
      sentences.push_back(absl::StrCat("Server ", server.name, " cannot be enumerated (", server.error_cause,
                                       "), so nothing is closed there: ", server.error));
    }
    if (server.breaker != "closed") {
      resting.push_back(absl::StrCat("Closing on server ", server.name, " rests (breaker ", server.breaker,
                                     "): ", server.breaker_why));
    }
    if (!server.idle_rules_without_effect.empty()) {
      without_idle.push_back(
          absl::StrCat("Idle times of server ", server.name, " are unknown",
                       server.idle_explanation.empty() ? "" : absl::StrCat(" (", server.idle_explanation, ")"),
                       ": these rules cannot act there: ", absl::StrJoin(server.idle_rules_without_effect, ", ")));
    }
  }
  MoveTo(resting, sentences);
  MoveTo(without_idle, sentences);
}

// Of one protection: on which servers it keeps how many sessions for want of knowledge.
using SessionsByServer = std::vector<std::pair<uint64_t, std::string>>;

std::string UnknownSentence(absl::string_view protection, SessionsByServer servers) {
  constexpr size_t kNamed = 3;  // of a fleet's thousands those that matter most
  std::sort(servers.begin(), servers.end(),
            [](const auto& a, const auto& b) { return std::tie(b.first, a.second) < std::tie(a.first, b.second); });
  uint64_t sessions = 0;
  for (const auto& [count, server] : servers) sessions += count;
  std::vector<std::string> named;
  for (size_t i = 0; i < std::min(kNamed, servers.size()); ++i) {
    named.push_back(absl::StrCat(servers[i].second, " ", servers[i].first));
  }
  const size_t more = servers.size() - named.size();
  return absl::StrCat("The protection ", protection, " keeps ", sessions, sessions == 1 ? " session" : " sessions",
                      " although nobody can know whether it is for ", sessions == 1 ? "it" : "them", " (",
                      absl::StrJoin(named, ", "), more == 0 ? "" : absl::StrCat(" and ", more, " more servers"),
                      "): `idlewarden explain` says why");
}

void AddUnknownProtections(const AgentView& view, Sentences& sentences) {
  std::map<std::string, SessionsByServer> by_protection;
  for (const auto& server : view.servers) {
    for (const auto& [protection, count] : server->protected_unknown) {
      by_protection[protection].emplace_back(count, server->name);
    }
  }
  for (const auto& [protection, servers] : by_protection) sentences.push_back(UnknownSentence(protection, servers));
}

}  // namespace

std::vector<std::string> WarningsOf(const AgentView& view) {
  Sentences sentences;
  AddState(view, sentences);
  for (const Demotion& demotion : view.overrides.demoted_rules) sentences.push_back(DemotionSentence(demotion));
  if (!view.held.empty()) sentences.push_back(HeldSentence(view.held));
  AddServers(view, sentences);
  AddUnknownProtections(view, sentences);
  return sentences;
}

}  // namespace idlewarden::agent
