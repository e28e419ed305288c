#include "agent/loop/records/changed_servers.h"

#include <string>

#include "policy/planner/decisions.h"

namespace idlewarden::agent {
namespace {

// Nearly always at the same place in both.
std::optional<size_t> PlaceBefore(const CycleView& before, const CycleView& now, size_t server) {
  const std::string& name = now.table.server(server).name();
  if (server < before.table.server_count() && before.table.server(server).name() == name) return server;
  return before.table.FindServer(name);
}

bool IsSame(const CycleView& before, size_t server_before, const CycleView& now, size_t server) {
  return before.policy == now.policy && before.table.server(server_before).SharesRowsWith(now.table.server(server)) &&
         policy::SameDecisions(before.result.decisions, server_before, now.result.decisions, server);
}

}  // namespace

std::vector<ChangedServer> ChangedServers(const CycleView* before, const CycleView& now) {
  std::vector<ChangedServer> changed;
  for (size_t server = 0; server < now.table.server_count(); ++server) {
    ChangedServer one{.now = server};
    if (before != nullptr) one.before = PlaceBefore(*before, now, server);
    if (!one.before.has_value() || !IsSame(*before, *one.before, now, server)) changed.push_back(one);
  }
  return changed;
}

}  // namespace idlewarden::agent
