#include "agent/executor/limits/queue_capacity.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include "agent/executor/journal/close_record.h"

namespace idlewarden::agent {

namespace {

using Pairs = std::vector<const policy::PlannedPair*>;

size_t PassingWithin(absl::Duration time, double closes_per_second, int64_t burst) {
  const double passing = std::floor(absl::ToDoubleSeconds(time) * closes_per_second) + static_cast<double>(burst);
  // Far more than any queue; the conversion must be defined for an endless time, too.
  return static_cast<size_t>(std::min(passing, 1e9));
}

// The longest idle first; unknown counts as zero, as in the queue.
void KeepLongestIdle(size_t count, Pairs& pairs) {
  std::vector<std::pair<int64_t, const policy::PlannedPair*>> ranked;
  ranked.reserve(pairs.size());
  for (const policy::PlannedPair* pair : pairs) {
    ranked.emplace_back(-LeastIdleSeconds(pair->sessions).value_or(0), pair);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  pairs.clear();
  for (size_t i = 0; i < std::min(count, ranked.size()); ++i) pairs.push_back(ranked[i].second);
}

}  // namespace

QueueCapacity::QueueCapacity(const CloseRates& rates, absl::Duration time_to_live)
    : total_(PassingWithin(time_to_live, rates.closes_per_second, rates.burst)),
      per_server_(PassingWithin(time_to_live, rates.closes_per_second_per_server, rates.burst_per_server)) {}

Pairs QueueCapacity::SelectForQueue(Pairs candidates, size_t waiting,
                                    const std::function<size_t(const std::string& server)>& waiting_of) {
  std::map<std::string, Pairs> servers;
  for (const policy::PlannedPair* pair : candidates) servers[pair->server].push_back(pair);
  for (auto& [server, pairs] : servers) {
    const size_t there = waiting_of(server);
    KeepLongestIdle(per_server_ > there ? per_server_ - there : 0, pairs);
  }
  std::vector<const std::pair<const std::string, Pairs>*> turns;
  for (auto it = servers.upper_bound(chosen_last_); it != servers.end(); ++it) turns.push_back(&*it);
  for (auto it = servers.begin(); it != servers.upper_bound(chosen_last_); ++it) turns.push_back(&*it);

  Pairs chosen;
  const size_t room = total_ > waiting ? total_ - waiting : 0;
  for (size_t round = 0, before = 0;; ++round, before = chosen.size()) {
    for (const auto* turn : turns) {
      if (chosen.size() == room) return chosen;
      if (round >= turn->second.size()) continue;
      chosen.push_back(turn->second[round]);
      chosen_last_ = turn->first;
    }
    if (chosen.size() == before) return chosen;
  }
}

}  // namespace idlewarden::agent
