// The compiled evaluator: the same answers as the plain one, at a cost that hardly depends on the number of rules.
//
// For each dimension (user, client, idle, …) the policy's index gives the set of conjunctions that accept a value, as
// bits; users, clients and texts are looked up once per distinct value, and may be kept. A session's match is the first
// bit of the AND of its values' sets (the bit-vector method of packet classification, Lakshman and Stiliadis, SIGCOMM
// 1998).
//
// Const after construction: Evaluate may run on several threads at once.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_TABLE_EVALUATOR_H_
#define IDLEWARDEN_POLICY_EVALUATOR_TABLE_EVALUATOR_H_

#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/evaluator/row_match.h"
#include "policy/matcher/conjunction_matcher.h"
#include "policy/matcher/value_lookups.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

class TableEvaluator {
 public:
  // For all servers of the table. Policy and table must stay as they are while this is used. Values are looked up in
  // `kept`, which must outlive this and serve nobody else meanwhile; null: for this alone.
  TableEvaluator(const CompiledPolicy& policy, const SessionTable& table, absl::Time at, LookupCache* kept = nullptr);
  // For these servers of a table only.
  TableEvaluator(const CompiledPolicy& policy, absl::Span<const ServerView> servers, absl::Time at,
                 LookupCache* kept = nullptr);
  TableEvaluator(const CompiledPolicy& policy, const ServerView& server, absl::Time at, LookupCache* kept = nullptr)
      : TableEvaluator(policy, absl::MakeConstSpan(&server, 1), at, kept) {}
  TableEvaluator(const TableEvaluator&) = delete;
  TableEvaluator& operator=(const TableEvaluator&) = delete;

  // One element a row.
  std::vector<RowMatch> Evaluate(const ServerView& server) const;

  // With the values of all these servers.
  const ValueLookups& lookups() const { return lookups_; }

 private:
  LookupCache own_lookups_;  // empty if others were given
  const ValueLookups& lookups_;
  ConjunctionMatcher protections_possible_;
  ConjunctionMatcher protections_certain_;
  ConjunctionMatcher rules_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_TABLE_EVALUATOR_H_
