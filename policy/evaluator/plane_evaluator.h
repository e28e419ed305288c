// Evaluates sessions in one plane: ANDs, for each session, the sets of conjunctions that accept its values.
//
// Const after construction: servers may be evaluated on several threads at once.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_PLANE_EVALUATOR_H_
#define IDLEWARDEN_POLICY_EVALUATOR_PLANE_EVALUATOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "policy/compiler/index/bit_set.h"
#include "policy/compiler/index/plane_index.h"
#include "policy/evaluator/value_lookups.h"
#include "policy/model/server_block.h"

namespace idlewarden::policy {

class PlaneEvaluator {
 public:
  // `plane` counts in PolicyIndex::planes(). `lookups` must outlive this and have the values of all rows.
  PlaneEvaluator(const ValueLookups& lookups, size_t plane, absl::Time at);

  // Prepares what is common to the sessions of a server. Valid while evaluator and server are.
  class Server;

 private:
  const ValueLookups& lookups_;
  const size_t plane_;
  const PlaneIndex& index_;
  BitWords at_;  // the conjunctions that accept the time
  BitSets guests_;
};

class PlaneEvaluator::Server {
 public:
  // Rows are evaluated some at a time, dimension by dimension, so that the processor always has something to do while
  // it waits for a set from memory.
  static constexpr size_t kMaxRows = 32;

  Server(const PlaneEvaluator& plane, const ServerBlock& server);

  // matches[i]: the first rule or protection that accepts the session of rows[i], -1 if none does. At most kMaxRows.
  void FirstMatches(absl::Span<const uint32_t> rows, int32_t* matches) const;

 private:
  static constexpr size_t kMaxDimensions = 9;

  // What accepts the values of some rows: summaries of sets, by dimension and row.
  struct Accepting {
    absl::Span<const uint32_t> rows;
    std::array<std::array<const uint64_t*, kMaxRows>, kMaxDimensions> sets;
    size_t dimensions = 0;
  };

  void GatherNumbers(Accepting& accepting) const;
  void GatherTexts(Accepting& accepting) const;
  void GatherGuests(Accepting& accepting) const;
  // ANDs word `word` of the sets of each row.
  void AndAll(const Accepting& accepting, size_t word, uint64_t* result) const;
  void SearchOneWord(const Accepting& accepting, int32_t* matches) const;
  void SearchBySummary(const Accepting& accepting, int32_t* matches) const;
  // The smaller of `best` and the first owner in the words that `candidates` tells of.
  int32_t FirstOf(const Accepting& accepting, size_t row, size_t summary_word, uint64_t candidates, int32_t best) const;

  const ValueLookups& lookups_;
  const PlaneEvaluator& plane_;
  const PlaneIndex& index_;
  const SessionRows& rows_;
  size_t summary_words_ = 0;
  std::vector<uint64_t> common_;  // summary and words of what server and time accept
  bool nothing_ = false;          // … which is nothing
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_PLANE_EVALUATOR_H_
