// What changed between two cycles: a decision is counted when it changes for a session, not again in each cycle.
//
// A session is known by its client (with the address that was reported for it), its user and its place among those that
// carry the same: nothing finer identifies one.
//
// Threads: pure.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_DECISION_CHANGES_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_DECISION_CHANGES_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/strings/string_view.h"
#include "agent/loop/agent_view.h"
#include "agent/loop/records/changed_servers.h"

namespace idlewarden::agent {

using ReportDecisions = std::function<void(absl::string_view rule, absl::string_view decision, uint64_t count)>;

// Calls `report` once for each rule and decision to which at least one session has changed since `before`, which is
// null in the first cycle. `servers`: those that ChangedServers names.
void CountDecisionChanges(const CycleView* before, const CycleView& now, const std::vector<ChangedServer>& servers,
                          const ReportDecisions& report);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_DECISION_CHANGES_H_
