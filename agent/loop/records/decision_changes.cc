#include "agent/loop/records/decision_changes.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "policy/model/decision.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

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

// Hashes that mean the same on a server in two cycles: of numbers where both have the same strings and the same policy,
// which is nearly always so, else of texts.
class Hashes {
 public:
  Hashes(const DecidedServer& before, const DecidedServer& now)
      : of_numbers_(&before.server.pools() == &now.server.pools() && &before.policy == &now.policy) {}

  uint64_t OfName(const DecidedServer& decided, size_t row) const {
    const policy::SessionRows& rows = *decided.server.block().rows;
    if (of_numbers_) return absl::HashOf(rows.client[row], rows.user[row]);
    return absl::HashOf(decided.server.client(row), decided.server.user(row));
  }
  uint64_t OfDecision(const DecidedServer& decided, size_t row) const {
    if (!of_numbers_) return absl::HashOf(decided.Rule(row), decided.Decision(row));
    const auto& [decision, reason, rule] = decided.decisions[row];
    const bool of_protection = reason == policy::Reason::kProtected || reason == policy::Reason::kProtectedUnknown;
    return absl::HashOf(decision, of_protection, rule);
  }

 private:
  bool of_numbers_;
};

// By the hash of a session's identity: its rule and decision.
using Sessions = absl::flat_hash_map<uint64_t, uint64_t>;

// Gives each session's hashes to `visit(row, identity, decision)`.
template <typename Visit>
Sessions HashSessions(const DecidedServer& decided, const Hashes& hashes, const Visit& visit) {
  Sessions sessions;
  sessions.reserve(decided.server.size());
  for (size_t row = 0; row < decided.server.size(); ++row) {
    const uint64_t name = hashes.OfName(decided, row);
    const uint64_t decision = hashes.OfDecision(decided, row);
    uint64_t place = 0;
    uint64_t identity = absl::HashOf(name, place);
    while (!sessions.emplace(identity, decision).second) identity = absl::HashOf(name, ++place);
    visit(row, identity, decision);
  }
  return sessions;
}

// Calls visit(row) for each session that is decided otherwise than before, or was not there.
template <typename Visit>
void ForEachChange(const DecidedServer& before, const DecidedServer& now, const Visit& visit) {
  const Hashes hashes(before, now);
  const Sessions known = HashSessions(before, hashes, [](size_t, uint64_t, uint64_t) {});
  HashSessions(now, hashes, [&](size_t row, uint64_t identity, uint64_t decision) {
    const auto found = known.find(identity);
    if (found == known.end() || found->second != decision) visit(row);
  });
}

}  // namespace

void CountDecisionChanges(const CycleView* before, const CycleView& now, const std::vector<ChangedServer>& servers,
                          const ReportDecisions& report) {
  std::map<std::pair<absl::string_view, absl::string_view>, uint64_t> changed;
  for (const ChangedServer& one : servers) {
    const DecidedServer server = ServerOf(now, one.now);
    const auto count = [&](size_t row) { ++changed[{server.Rule(row), server.Decision(row)}]; };
    if (one.before.has_value()) {
      ForEachChange(ServerOf(*before, *one.before), server, count);
    } else {
      for (size_t row = 0; row < server.server.size(); ++row) count(row);
    }
  }
  for (const auto& [what, count] : changed) report(what.first, what.second, count);
}

}  // namespace idlewarden::agent
