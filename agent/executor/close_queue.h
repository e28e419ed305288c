// CloseQueue: the pairs that wait for their close. Servers take turns; within one server the longest idle goes first.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_CLOSE_QUEUE_H_
#define IDLEWARDEN_AGENT_EXECUTOR_CLOSE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/journal/close_record.h"
#include "policy/model/pair_key.h"

namespace idlewarden::agent {

// A pair on its way through the gate.
struct QueuedClose {
  policy::PairKey key;
  CloseIntent intent;
  int64_t intent_id = 0;
  SteadyTime queued_at;                                // decides when it expires; kept when it is put back
  SteadyTime not_before = SteadyTime::InfinitePast();  // while it backs off after a failed re-check
  int failed_rechecks = 0;
};

class CloseQueue {
 public:
  using Filter = std::function<bool(const QueuedClose&)>;
  using ServerFilter = std::function<bool(const std::string& server)>;
  // Longest idle first, then oldest session, then first queued. Unknown counts as zero.
  using Rank = std::tuple<int64_t, int64_t, uint64_t>;
  using Entries = std::map<Rank, QueuedClose>;

  bool Contains(const policy::PairKey& key) const { return places_.contains(key); }
  size_t size() const { return places_.size(); }
  size_t size_of(const std::string& server) const;

  // The pair must not be in the queue.
  void Add(QueuedClose entry);
  // Takes a newer plan's intent over for a pair in the queue; its place among the others follows its idle time.
  void Update(const policy::PairKey& key, const CloseIntent& intent);

  // Takes out the next pair for which `may_start` holds: the first of the server whose turn it is, or of the next
  // server that has one. Only servers for which `may_start_on` holds have turns. nullopt if there is none.
  std::optional<QueuedClose> TakeNext(const ServerFilter& may_start_on, const Filter& may_start);
  // Takes out all that `filter` holds for, in the order in which they were queued.
  std::vector<QueuedClose> TakeAll(const Filter& filter);
  // Takes out those queued at `limit` or before, oldest first.
  std::vector<QueuedClose> TakeQueuedUntil(SteadyTime limit);

  // InfiniteFuture if the queue is empty.
  SteadyTime OldestQueuedAt() const;
  // By server: what waits for it.
  void ForEach(const std::function<void(const std::string& server, const Entries& entries)>& visit) const;

 private:
  struct Place {
    std::string server;
    Rank rank;
    SteadyTime queued_at;
  };

  Rank RankOf(const CloseIntent& intent);
  QueuedClose TakeOut(const policy::PairKey& key);

  std::map<std::string, Entries> servers_;
  std::map<policy::PairKey, Place> places_;
  std::set<std::pair<SteadyTime, policy::PairKey>> by_time_;
  std::string served_last_;
  uint64_t next_number_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_CLOSE_QUEUE_H_
