#include "agent/loop/match_store.h"

#include <algorithm>
#include <utility>

namespace idlewarden::agent {

absl::Status MatchStore::Restore(absl::Time now, policy::MatchHistory& history) {
  absl::Status pruned = PruneMatches(ledger_.database(), now - policy::MatchHistory::kLongestAbsence);
  if (!pruned.ok()) return pruned;
  absl::StatusOr<std::map<std::string, ServerMatches>> servers = ReadMatches(ledger_.database());
  if (!servers.ok()) return servers.status();
  for (auto& [server, known] : *servers) {
    for (const auto& [key, times] : known.matches) {
      history.Restore(server, {.client = key.client, .user = key.user, .rule_fingerprint = key.rule}, times.since,
                      known.last, times.sessions);
    }
    kept_ += known.matches.size();
    written_[server] = std::move(known.matches);
  }
  return absl::OkStatus();
}

MatchChange MatchStore::ChangeOf(const std::string& server, const policy::MatchHistory& history, Matches& now) const {
  MatchChange change{.server = server, .last = absl::InfinitePast()};
  const auto found = written_.find(server);
  const Matches none;
  const Matches& before = found == written_.end() ? none : found->second;
  const size_t room = most_ - std::min(most_, kept_ - before.size());
  history.ForEach(server, [&](const policy::MatchHistory::Key& key, const policy::MatchHistory::Entry& entry) {
    // A pair that matched in part cannot go on.
    if (!entry.whole || now.size() >= room) return;
    change.last = std::max(change.last, entry.last);
    now.emplace(MatchKey{std::string(key.client), std::string(key.user), std::string(key.rule_fingerprint)},
                MatchTimes{entry.since, entry.sessions});
  });
  change.forgotten = now.empty();
  for (const auto& [key, times] : before) {
    if (!now.contains(key)) change.removed.push_back(key);
  }
  for (const auto& [key, times] : now) {
    const auto known = before.find(key);
    if (known == before.end() || known->second != times) change.set.emplace(key, times);
  }
  return change;
}

absl::Status MatchStore::Write(const policy::MatchHistory& history) {
  std::vector<MatchChange> changes;
  std::map<std::string, Matches> present;
  const size_t kept_before = kept_;
  for (const std::string& server : touched_) {
    Matches now;
    MatchChange change = ChangeOf(server, history, now);
    const auto known = written_.find(server);
    if (now.empty() && known == written_.end()) continue;
    kept_ += now.size() - (known == written_.end() ? 0 : known->second.size());
    changes.push_back(std::move(change));
    present.emplace(server, std::move(now));
  }
  if (absl::Status status = changes.empty() ? absl::OkStatus() : WriteMatches(ledger_.database(), changes);
      !status.ok()) {
    kept_ = kept_before;
    return status;
  }
  touched_.clear();
  for (auto& [server, now] : present) {
    if (now.empty()) {
      written_.erase(server);
    } else {
      written_[server] = std::move(now);
    }
  }
  return absl::OkStatus();
}

}  // namespace idlewarden::agent
