// The compiled evaluator: the same answers as the plain one, at a cost that hardly depends on the number of rules.
//
// For each dimension (user, client, idle, …) the policy's index gives the set of conjunctions that accept a value, as
// bits; users, clients and texts are looked up once per distinct value. A session's match is the first bit of the AND
// of its values' sets (the bit-vector method of packet classification, Lakshman and Stiliadis, SIGCOMM 1998).
//
// Const after construction: Evaluate may run on several threads at once.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_TABLE_EVALUATOR_H_
#define IDLEWARDEN_POLICY_EVALUATOR_TABLE_EVALUATOR_H_

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/plane_evaluator.h"
#include "policy/evaluator/row_match.h"
#include "policy/evaluator/value_lookups.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

class TableEvaluator {
 public:
  // For all servers of the table. Policy and table must stay as they are while this is used.
  TableEvaluator(const CompiledPolicy& policy, const SessionTable& table, absl::Time at);
  // For these servers of a table only.
  TableEvaluator(const CompiledPolicy& policy, absl::Span<const ServerView> servers, absl::Time at);
  TableEvaluator(const CompiledPolicy& policy, const ServerView& server, absl::Time at)
      : TableEvaluator(policy, absl::MakeConstSpan(&server, 1), at) {}
  // For servers whose values have been looked up; `lookups` must outlive this and stay as it is meanwhile.
  TableEvaluator(const ValueLookups& lookups, absl::Time at);
  TableEvaluator(const TableEvaluator&) = delete;
  TableEvaluator& operator=(const TableEvaluator&) = delete;

  // One element a row.
  std::vector<RowMatch> Evaluate(const ServerView& server) const;

 private:
  TableEvaluator(std::unique_ptr<const ValueLookups> lookups, absl::Time at);

  const std::unique_ptr<const ValueLookups> own_lookups_;  // null: given
  PlaneEvaluator protections_possible_;
  PlaneEvaluator protections_certain_;
  PlaneEvaluator rules_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_TABLE_EVALUATOR_H_
