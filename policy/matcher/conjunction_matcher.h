// Evaluates sessions by one index of a policy: ANDs, for each session, the sets of conjunctions that accept its values.
//
// Const after construction: servers may be evaluated on several threads at once.

#ifndef IDLEWARDEN_POLICY_MATCHER_CONJUNCTION_MATCHER_H_
#define IDLEWARDEN_POLICY_MATCHER_CONJUNCTION_MATCHER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "policy/matcher/bit_set.h"
#include "policy/matcher/conjunction_index.h"
#include "policy/matcher/row_batch.h"
#include "policy/matcher/value_lookups.h"
#include "policy/model/server_block.h"

namespace idlewarden::policy {

class ConjunctionMatcher {
 public:
  // By the index with this number in PolicyIndex::conjunctions(). `lookups` must outlive this and have the values of
  // all rows.
  ConjunctionMatcher(const ValueLookups& lookups, size_t number, absl::Time at);

  // Prepares what is common to the sessions of a server. Valid while evaluator and server are.
  class Server;

 private:
  const ValueLookups& lookups_;
  const size_t number_;
  const ConjunctionIndex& index_;
  BitWords at_;  // the conjunctions that accept the time
  BitSets guests_;
};

class ConjunctionMatcher::Server {
 public:
  static constexpr size_t kMaxRows = RowBatch::kMaxRows;

  Server(const ConjunctionMatcher& matcher, const ServerBlock& server);

  // matches[i]: the first rule or protection that accepts the session of rows[i], -1 if none does. At most kMaxRows.
  void FirstMatches(absl::Span<const uint32_t> rows, int32_t* matches) const;

 private:
  void AddNumbers(RowBatch& sets) const;
  void AddNumber(Field field, RowBatch& sets) const;
  void SearchOneWord(const RowBatch& sets, int32_t* matches) const;
  void SearchBySummary(const RowBatch& sets, int32_t* matches) const;
  // The smaller of `best` and the first owner in the words that `candidates` tells of.
  int32_t FirstOf(const RowBatch& sets, size_t i, size_t summary_word, uint64_t candidates, int32_t best) const;

  const ConjunctionMatcher& matcher_;
  const ConjunctionIndex& index_;
  const SessionRows& rows_;
  size_t summary_words_ = 0;
  std::vector<uint64_t> common_;  // summary and words of what server and time accept
  bool nothing_ = false;          // … which is nothing
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_CONJUNCTION_MATCHER_H_
