// The servers on which a cycle came to something else than the one before it. A fleet is enumerated a few servers at a
// time: whoever works on the others as well works for nothing.
//
// Threads: pure.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_CHANGED_SERVERS_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_CHANGED_SERVERS_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "agent/loop/agent_view.h"

namespace idlewarden::agent {

struct ChangedServer {
  size_t now = 0;                // its index in the cycle's table
  std::optional<size_t> before;  // and in that of the cycle before, if it was there
};

// Those with other rows or other decisions, or all where the policy is another. `before` is null in the first cycle.
std::vector<ChangedServer> ChangedServers(const CycleView* before, const CycleView& now);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_CHANGED_SERVERS_H_
