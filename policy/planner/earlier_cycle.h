// What a cycle may take over from the one before it: the decisions on servers whose rows are still the same, where
// nothing else that decisions stand on has changed either. A fleet is enumerated a few servers at a time, and a cycle
// over millions of sessions must not cost more than those few.
//
// Threads: const methods may run at once.

#ifndef IDLEWARDEN_POLICY_PLANNER_EARLIER_CYCLE_H_
#define IDLEWARDEN_POLICY_PLANNER_EARLIER_CYCLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policy/compiler/compiled_policy.h"
#include "policy/model/session_table.h"
#include "policy/model/unique_id.h"
#include "policy/planner/cycle.h"
#include "policy/planner/decisions.h"

namespace idlewarden::policy {

// All that decisions before the limits stand on, but for the sessions. `for` counts enumerations, which replace rows.
struct DecisionTerms {
  std::string policy_hash;
  uint64_t hosts = UniqueId::kNone;  // the serial number of the table's known hosts
  OpenWindows open_windows;
  std::vector<bool> demoted;
  bool observe_only = false;
  bool with_history = false;
  bool with_exemptions = false;
  uint64_t exempt_version = 0;

  friend bool operator==(const DecisionTerms&, const DecisionTerms&) = default;
};

DecisionTerms TermsOf(const CycleInput& input);

// A cycle that has ended. All must outlive the cycle that takes it over.
struct EarlierCycle {
  const SessionTable& table;
  const Decisions& before_limits;
  const DecisionTerms& terms;

  // Whether decisions may be taken over by a cycle on these terms.
  bool Serves(const DecisionTerms& now) const;
  // Where they may: the decisions before the limits on the server at `index` of a later table; null if its rows have
  // changed.
  Decisions::Block Find(const SessionTable& later, size_t index) const;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_EARLIER_CYCLE_H_
