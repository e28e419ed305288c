#include "agent/executor/close_queue.h"

#include <utility>

namespace idlewarden::agent {

CloseQueue::Rank CloseQueue::RankOf(const CloseIntent& intent) {
  return {-LeastIdleSeconds(intent.sessions).value_or(0), -LeastAgeSeconds(intent.sessions).value_or(0),
          next_number_++};
}

size_t CloseQueue::size_of(const std::string& server) const {
  const auto found = servers_.find(server);
  return found == servers_.end() ? 0 : found->second.size();
}

void CloseQueue::Add(QueuedClose entry) {
  const Rank rank = RankOf(entry.intent);
  places_[entry.key] = {entry.intent.server, rank, entry.queued_at};
  by_time_.emplace(entry.queued_at, entry.key);
  std::string server = entry.intent.server;
  servers_[std::move(server)].emplace(rank, std::move(entry));
}

void CloseQueue::Update(const policy::PairKey& key, const CloseIntent& intent) {
  QueuedClose entry = TakeOut(key);
  entry.intent = intent;
  Add(std::move(entry));
}

QueuedClose CloseQueue::TakeOut(const policy::PairKey& key) {
  const auto place = places_.find(key);
  const auto server = servers_.find(place->second.server);
  auto node = server->second.extract(place->second.rank);
  if (server->second.empty()) servers_.erase(server);
  by_time_.erase({place->second.queued_at, key});
  places_.erase(place);
  return std::move(node.mapped());
}

std::optional<QueuedClose> CloseQueue::TakeNext(const ServerFilter& may_start_on, const Filter& may_start) {
  auto server = servers_.upper_bound(served_last_);
  for (size_t seen = 0; seen < servers_.size(); ++seen, ++server) {
    if (server == servers_.end()) server = servers_.begin();
    if (!may_start_on(server->first)) continue;
    for (const auto& [rank, entry] : server->second) {
      if (!may_start(entry)) continue;
      served_last_ = server->first;
      return TakeOut(policy::PairKey(entry.key));
    }
  }
  return std::nullopt;
}

std::vector<QueuedClose> CloseQueue::TakeAll(const Filter& filter) {
  std::vector<policy::PairKey> keys;
  for (const auto& [queued_at, key] : by_time_) {
    const Place& place = places_.at(key);
    if (filter(servers_.at(place.server).at(place.rank))) keys.push_back(key);
  }
  std::vector<QueuedClose> taken;
  for (const policy::PairKey& key : keys) taken.push_back(TakeOut(key));
  return taken;
}

std::vector<QueuedClose> CloseQueue::TakeQueuedUntil(SteadyTime limit) {
  std::vector<QueuedClose> taken;
  while (!by_time_.empty() && by_time_.begin()->first <= limit) {
    taken.push_back(TakeOut(policy::PairKey(by_time_.begin()->second)));
  }
  return taken;
}

SteadyTime CloseQueue::OldestQueuedAt() const {
  return by_time_.empty() ? SteadyTime::InfiniteFuture() : by_time_.begin()->first;
}

void CloseQueue::ForEach(const std::function<void(const std::string&, const Entries&)>& visit) const {
  for (const auto& [server, entries] : servers_) visit(server, entries);
}

}  // namespace idlewarden::agent
