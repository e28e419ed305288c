#include "agent/loop/decision_changes.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "agent/loop/changed_servers.h"
#include "policy/model/decision.h"

namespace idlewarden::agent {

namespace {

// One server in one cycle.
struct DecidedServer {
  const policy::CompiledPolicy& policy;
  policy::ServerView server;
  const std::vector<policy::SessionDecision>& decisions;

  absl::string_view Rule(size_t row) const { return policy.NameOf(decisions[row]); }
  absl::string_view Decision(size_t row) const { return policy::DecisionName(decisions[row].decision); }
};

DecidedServer ServerOf(const CycleView& cycle, size_t index) {
  return {*cycle.policy, cycle.table.server(index), cycle.result.decisions[index]};
}

// By the hash of a session's identity: that of its rule and decision.
using Sessions = absl::flat_hash_map<uint64_t, uint64_t>;

// Gives each session's hashes to `visit(row, identity, decided)`.
template <typename Visit>
Sessions HashSessions(const DecidedServer& decided, const Visit& visit) {
  const policy::ServerView& server = decided.server;
  Sessions sessions;
  sessions.reserve(server.size());
  for (size_t row = 0; row < server.size(); ++row) {
    const std::string& client = server.client(row);
    const std::string& user = server.user(row);
    const uint64_t value = absl::HashOf(decided.Rule(row), decided.Decision(row));
    uint64_t place = 0;
    uint64_t identity = absl::HashOf(client, user, place);
    while (!sessions.emplace(identity, value).second) identity = absl::HashOf(client, user, ++place);
    visit(row, identity, value);
  }
  return sessions;
}

Sessions HashSessions(const DecidedServer& decided) {
  return HashSessions(decided, [](size_t, uint64_t, uint64_t) {});
}

}  // namespace

void CountDecisionChanges(const CycleView* before, const CycleView& now, const ReportDecisions& report) {
  std::map<std::pair<absl::string_view, absl::string_view>, uint64_t> changed;
  for (const ChangedServer& one : ChangedServers(before, now)) {
    const DecidedServer server = ServerOf(now, one.now);
    const Sessions sessions = one.before.has_value() ? HashSessions(ServerOf(*before, *one.before)) : Sessions();
    HashSessions(server, [&](size_t row, uint64_t identity, uint64_t value) {
      const auto found = sessions.find(identity);
      if (found == sessions.end() || found->second != value) ++changed[{server.Rule(row), server.Decision(row)}];
    });
  }
  for (const auto& [what, count] : changed) report(what.first, what.second, count);
}

}  // namespace idlewarden::agent
