#include "agent/executor/running_attempts.h"

#include <utility>

#include "policy/model/session.h"

namespace idlewarden::agent {

RunningAttempt RunningAttempts::Take(const policy::PairKey& key) { return std::move(attempts_.extract(key).mapped()); }

std::vector<RunningAttempt> RunningAttempts::TakeOf(const std::string& server) {
  std::vector<RunningAttempt> taken;
  auto it = attempts_.lower_bound(policy::FirstKeyOf(server));
  while (it != attempts_.end() && it->first.server == server) {
    taken.push_back(std::move(it->second));
    it = attempts_.erase(it);
  }
  return taken;
}

std::vector<RunningAttempt> RunningAttempts::TakeAll() {
  std::vector<RunningAttempt> taken;
  for (auto& [key, attempt] : std::exchange(attempts_, {})) taken.push_back(std::move(attempt));
  return taken;
}

size_t RunningAttempts::CountOf(const std::string& server) const {
  size_t count = 0;
  for (auto it = attempts_.lower_bound(policy::FirstKeyOf(server)); it != attempts_.end() && it->first.server == server;
       ++it) {
    ++count;
  }
  return count;
}

bool RunningAttempts::IsClientBusy(const QueuedClose& entry, bool only_sent) const {
  const policy::PairKey& key = entry.key;
  for (auto it = attempts_.lower_bound({key.server, key.client, ""});
       it != attempts_.end() && it->first.server == key.server && it->first.client == key.client; ++it) {
    if (it->first.user == key.user || (only_sent && !it->second.sent())) continue;
    const policy::CloseScope scope = it->second.close->entry().intent.scope;
    if (scope == policy::CloseScope::kClient || entry.intent.scope == policy::CloseScope::kClient) return true;
  }
  return false;
}

void RunningAttempts::ForEach(const std::function<void(const policy::PairKey& key, RunningAttempt& attempt)>& visit) {
  for (auto& [key, attempt] : attempts_) visit(key, attempt);
}

}  // namespace idlewarden::agent
