#include "agent/loop/decision_counter.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "policy/model/decision.h"

namespace idlewarden::agent {

void DecisionCounter::Count(const policy::CompiledPolicy& policy, const policy::SessionTable& table,
                            const policy::CycleResult& result, const Report& report) {
  std::map<std::pair<absl::string_view, absl::string_view>, uint64_t> changed;
  for (size_t index = 0; index < table.server_count(); ++index) {
    const policy::ServerView view = table.server(index);
    const std::vector<policy::SessionDecision>& decisions = result.decisions[index];
    Sessions& before = servers_[view.name()];
    Sessions sessions;
    for (size_t row = 0; row < view.size(); ++row) {
      const policy::Session session = view.session(row);
      const absl::string_view rule = policy.NameOf(decisions[row]);
      const absl::string_view decision = policy::DecisionName(decisions[row].decision);
      const uint64_t value = absl::HashOf(rule, decision);
      uint64_t place = 0;
      uint64_t key = absl::HashOf(session.client, session.user, place);
      while (sessions.contains(key)) key = absl::HashOf(session.client, session.user, ++place);
      sessions.emplace(key, value);
      const auto known = before.find(key);
      if (known == before.end() || known->second != value) ++changed[{rule, decision}];
    }
    before = std::move(sessions);
  }
  for (const auto& [what, count] : changed) report(what.first, what.second, count);
}

}  // namespace idlewarden::agent
