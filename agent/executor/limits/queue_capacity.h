// QueueCapacity: how many pairs may wait for their close, and which of a large plan do.
//
// What the token buckets could not let pass within the queue's time to live would only expire there, with a record for
// each, again and again. It waits outside, in the next plans, instead: the queue takes as much as can be closed in
// time, one pair of each server in turn, the longest idle of a server first.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_LIMITS_QUEUE_CAPACITY_H_
#define IDLEWARDEN_AGENT_EXECUTOR_LIMITS_QUEUE_CAPACITY_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/executor/limits/close_rate_limiter.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

class QueueCapacity {
 public:
  QueueCapacity(const CloseRates& rates, absl::Duration time_to_live);

  // How many may wait, of all servers and of one.
  size_t total() const { return total_; }
  size_t per_server() const { return per_server_; }

  // Those of `candidates` that there is room for, where `waiting` pairs are in the queue, `waiting_of(server)` of them
  // of that server. Each call begins with another server, so that none is passed over for ever.
  std::vector<const policy::PlannedPair*> SelectForQueue(
      std::vector<const policy::PlannedPair*> candidates, size_t waiting,
      const std::function<size_t(const std::string& server)>& waiting_of);

 private:
  size_t total_;
  size_t per_server_;
  std::string chosen_last_;  // server
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_LIMITS_QUEUE_CAPACITY_H_
