// How soon time alone lets sessions of a server meet a rule: what changes by itself (open files, windows, counts) is
// taken as fulfilled.
//
// Only conjunctions that can beat the best of the sessions before are looked at, and those are found by sets as in an
// evaluation: most sessions have none. Const after construction.

#ifndef IDLEWARDEN_POLICY_MATCHER_ELIGIBILITY_SEARCH_H_
#define IDLEWARDEN_POLICY_MATCHER_ELIGIBILITY_SEARCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "policy/matcher/bit_set.h"
#include "policy/matcher/eligibility_index.h"
#include "policy/matcher/row_batch.h"
#include "policy/matcher/value_lookups.h"
#include "policy/model/server_block.h"

namespace idlewarden::policy {

class EligibilitySearch {
 public:
  // `lookups`, which must have the values of all rows, and the server must outlive this.
  EligibilitySearch(const ValueLookups& lookups, const ServerBlock& server);

  // The smaller of `best` and the least of seconds after which a rule could match one of the rows for which
  // counts(row) is true. EligibilityIndex::kNever stands for no time at all.
  using Counts = absl::FunctionRef<bool(uint32_t row)>;
  int64_t Soonest(absl::Span<const uint32_t> rows, int64_t best, Counts counts) const;

 private:
  EligibilityIndex::Idle IdleOf(uint32_t row) const {
    return {rows_.idle[row], (rows_.flags[row] & kIdleAtLeast) != 0};
  }

  // What stands for the idle time of a row, which is not a plain AND: see EligibilityIndex.
  struct IdleSets {
    const uint64_t* reached;
    const uint64_t* still_below;
    const uint64_t* restarted;

    uint64_t And(size_t word, uint64_t bits) const {
      return bits & ((reached[word] & still_below[word]) | restarted[word]);
    }
  };

  // The rows to take together, with what accepts their values and can be reached in less than `within` seconds.
  struct Rows {
    Rows(const EligibilitySearch& search, absl::Span<const uint32_t> rows, int64_t within);

    RowBatch sets;
    std::array<IdleSets, RowBatch::kMaxRows> idle;
  };

  // Soonest for rows that are taken together.
  int64_t SoonestOf(const Rows& rows, int64_t best, Counts counts) const;
  // The same for the row with number `i`, in the words that `candidates` tells of.
  int64_t SoonestOf(const Rows& rows, size_t i, size_t summary_word, uint64_t candidates, int64_t best,
                    Counts counts) const;

  const ValueLookups& lookups_;
  const ConjunctionIndex& index_;
  const EligibilityIndex& eligibility_;
  const SessionRows& rows_;
  BitSets guests_;
  size_t summary_words_ = 0;
  std::vector<uint64_t> common_;  // summary and words of what the server accepts
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_ELIGIBILITY_SEARCH_H_
