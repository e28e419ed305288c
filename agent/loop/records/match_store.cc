#include "agent/loop/records/match_store.h"

#include <algorithm>
#include <utility>

namespace idlewarden::agent {
namespace {

// Servers round ages by as much.
constexpr absl::Duration kClockStep = absl::Seconds(1);

SteadyTime SteadyTimeOfMeasured(absl::Time measured) { return SteadyTime::AfterOrigin(measured - absl::UnixEpoch()); }

}  // namespace

absl::Time MeasuredTimeOf(SteadyTime time) { return absl::UnixEpoch() + time.since_origin(); }

bool MatchStore::WallClockWasSet() {
  const absl::Time origin = clock_.WallTimeOf(SteadyTime());
  if (absl::AbsDuration(origin - wall_origin_) <= kClockStep) return false;
  wall_origin_ = origin;
  return true;
}

absl::Status MatchStore::Restore(policy::MatchHistory& history) {
  absl::Status pruned = PruneMatches(ledger_.database(), clock_.Now() - policy::MatchHistory::kLongestAbsence);
  if (!pruned.ok()) return pruned;
  absl::StatusOr<std::map<std::string, ServerMatches>> servers = ReadMatches(ledger_.database());
  if (!servers.ok()) return servers.status();
  for (auto& [server, known] : *servers) {
    for (auto& [key, times] : known.matches) {
      times.since = MeasuredTimeOf(clock_.SteadyTimeOf(times.since));
      policy::MatchHistory::Key pair{.client = key.client, .user = key.user, .rule_fingerprint = key.rule};
      if (!key.connection.empty()) pair.connection = key.connection;
      history.Restore(server, pair, times.since, MeasuredTimeOf(clock_.SteadyTimeOf(known.last)), times.sessions);
    }
    kept_ += known.matches.size();
    written_[server] = std::move(known.matches);
  }
  return absl::OkStatus();
}

MatchChange MatchStore::ChangeOf(const std::string& server, const policy::MatchHistory& history, bool all,
                                 Matches& now) const {
  MatchChange change{.server = server, .last = absl::InfinitePast()};
  const auto found = written_.find(server);
  const Matches none;
  const Matches& before = found == written_.end() ? none : found->second;
  const size_t room = most_ - std::min(most_, kept_ - before.size());
  history.ForEach(server, [&](const policy::MatchHistory::Key& key, const policy::MatchHistory::Entry& entry) {
    // A pair that matched in part cannot go on in another run.
    if (!entry.whole || now.size() >= room) return;
    change.last = std::max(change.last, entry.last);
    now.emplace(MatchKey{.client = std::string(key.client),
                         .user = std::string(key.user),
                         .connection = std::string(key.connection.value_or("")),
                         .rule = std::string(key.rule_fingerprint)},
                MatchTimes{entry.since, entry.sessions});
  });
  change.last = clock_.WallTimeOf(SteadyTimeOfMeasured(change.last));
  change.forgotten = now.empty();
  for (const auto& [key, times] : before) {
    if (!now.contains(key)) change.removed.push_back(key);
  }
  for (const auto& [key, times] : now) {
    const auto known = before.find(key);
    if (!all && known != before.end() && known->second == times) continue;
    change.set.emplace(key, MatchTimes{clock_.WallTimeOf(SteadyTimeOfMeasured(times.since)), times.sessions});
  }
  return change;
}

absl::Status MatchStore::Write(const policy::MatchHistory& history) {
  std::vector<MatchChange> changes;
  std::map<std::string, Matches> present;
  const size_t kept_before = kept_;
  if (WallClockWasSet()) {
    all_stale_ = true;
    for (const auto& [server, matches] : written_) touched_.insert(server);
  }
  for (const std::string& server : touched_) {
    Matches now;
    MatchChange change = ChangeOf(server, history, all_stale_, now);
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
  all_stale_ = false;
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
