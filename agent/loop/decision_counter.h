// DecisionCounter: counts a decision when it changes for a session, not again in each cycle.
//
// A session is known by its client, its user and its place among those that carry the same two: nothing finer
// identifies one.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_LOOP_DECISION_COUNTER_H_
#define IDLEWARDEN_AGENT_LOOP_DECISION_COUNTER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/session_table.h"
#include "policy/planner/planner.h"

namespace idlewarden::agent {

class DecisionCounter {
 public:
  using Report = std::function<void(absl::string_view rule, absl::string_view decision, uint64_t count)>;

  // Calls `report` once for each rule and decision to which at least one session has changed.
  void Count(const policy::CompiledPolicy& policy, const policy::SessionTable& table, const policy::CycleResult& result,
             const Report& report);

  // A server that left the inventory.
  void Forget(absl::string_view server) { servers_.erase(server); }

 private:
  // Both are hashes: of the session's identity, and of its decision and rule.
  using Sessions = absl::flat_hash_map<uint64_t, uint64_t>;

  absl::flat_hash_map<std::string, Sessions> servers_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_DECISION_COUNTER_H_
