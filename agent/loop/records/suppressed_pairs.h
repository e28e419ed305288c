// Which pairs of a server a rule in force would close and are not closed: held by a limit, exempt, or kept because a
// close would end somebody else's session too. What the policy's own protections keep is not among them.
//
// Pure functions.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSED_PAIRS_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSED_PAIRS_H_

#include <cstddef>
#include <cstdint>
#include <map>

#include "absl/container/flat_hash_map.h"
#include "agent/loop/agent_view.h"

namespace idlewarden::agent {

// A reason together with a rule, as a hash: it outlives the policy, whose rules may move.
using SuppressionKind = uint64_t;

struct SuppressedPair {
  size_t row = 0;  // the pair's first one that is refused so
  SuppressionKind kind = 0;
};

// By the hash of pair, reason and rule. `server` counts in the cycle's table.
using SuppressedPairs = absl::flat_hash_map<uint64_t, SuppressedPair>;
SuppressedPairs FindSuppressedPairs(const CycleView& cycle, size_t server);

struct SuppressionCount {
  size_t pairs = 0;
  size_t row = 0;  // of one of them
};
using SuppressionCounts = std::map<SuppressionKind, SuppressionCount>;
SuppressionCounts CountByKind(const SuppressedPairs& pairs);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_SUPPRESSED_PAIRS_H_
