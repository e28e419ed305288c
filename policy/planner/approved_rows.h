// Which rows of a server the limits leave alone because an operator approved them.
//
// A close ends its whole scope, so a row is released only if every pair of its scope that is to be closed is approved.

#ifndef IDLEWARDEN_POLICY_PLANNER_APPROVED_ROWS_H_
#define IDLEWARDEN_POLICY_PLANNER_APPROVED_ROWS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "policy/model/decision.h"
#include "policy/model/session_table.h"
#include "policy/planner/close_scopes.h"
#include "policy/planner/cycle.h"

namespace idlewarden::policy {

class ApprovedRows {
 public:
  ApprovedRows() = default;  // none
  // `decisions`: the server's, those that are to be closed with decision kClose.
  ApprovedRows(const CycleInput& input, const ServerView& server, const std::vector<SessionDecision>& decisions);

  bool Contains(size_t row) const { return !rows_.empty() && rows_[row]; }

 private:
  void KeepOnlyWholeScopes(const CloseScopes& scopes, const std::vector<SessionDecision>& decisions);

  std::vector<bool> rows_;
};

// The approved plan that covers the pair of a row, null if none does: see ApprovedPairs.
const std::string* ApprovedPlanOf(const CycleInput& input, const ServerView& server, size_t row,
                                  const SessionDecision& decision, size_t sessions_of_scope);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_APPROVED_ROWS_H_
