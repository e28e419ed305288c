// What accepts the values of some rows of a server, dimension by dimension: the sets that a search ANDs.
//
// Rows are taken some at a time, so that the processor always has something to do while it waits for a set from memory.
// Not synchronised. Valid while what was added is.

#ifndef IDLEWARDEN_POLICY_MATCHER_ROW_BATCH_H_
#define IDLEWARDEN_POLICY_MATCHER_ROW_BATCH_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "policy/matcher/bit_set.h"
#include "policy/matcher/conjunction_index.h"
#include "policy/matcher/delta_coded_sets.h"
#include "policy/matcher/value_lookups.h"
#include "policy/model/condition.h"
#include "policy/model/server_block.h"

namespace idlewarden::policy {

class RowBatch {
 public:
  static constexpr size_t kMaxRows = 32;
  // One for each field that differs between the sessions of a server.
  static constexpr size_t kMaxDimensions = kFieldsThat<IsOfSession>.size();
  static constexpr size_t kMaxTexts = kFieldsThat<IsTextOfSession>.size();

  // At most kMaxRows.
  explicit RowBatch(absl::Span<const uint32_t> rows) : rows_(rows) {}

  size_t size() const { return rows_.size(); }
  uint32_t row(size_t i) const { return rows_[i]; }

  // A dimension: set_of(row) is the summary of the set that accepts the row's value. At most kMaxDimensions.
  template <typename SetOf>
  void Add(const SetOf& set_of) {
    assert(dimensions_ < kMaxDimensions);
    auto* gathered = sets_[dimensions_++].data();
    for (const uint32_t row : rows_) *gathered++ = set_of(row);
  }
  // The dimensions of texts that have conditions: before all others. Those of the index
  // with this number in PolicyIndex::conjunctions().
  void AddTexts(const ValueLookups& lookups, size_t number, const SessionRows& columns);
  // By RowFlags of guest; `guests` has a set for each.
  void AddGuests(const BitSets& guests, const SessionRows& columns) {
    Add([&](uint32_t row) { return guests.Summary(columns.flags[row] & (kGuestKnown | kGuest)); });
  }

  // Word `word` of the sets, of the summary or, for at most 64 conjunctions, behind it: of each row, with `common` …
  void AndAll(size_t word, uint64_t common, uint64_t* result) const;
  // Word `word`, behind the summary, of the row with number `i`, with `bits`. The last dimensions go first: the sets of
  // numbers are few and at hand, the ones of texts, which are added first to be on their way, are many and far.
  uint64_t And(size_t i, size_t word, uint64_t bits) const {
    size_t dimension = dimensions_;
    while (dimension > in_parts_ && bits != 0) bits &= sets_[--dimension][i][word];
    while (dimension > 0 && bits != 0) bits &= WordInParts(--dimension, i, word);
    return bits;
  }

 private:
  uint64_t WordInParts(size_t dimension, size_t i, size_t word) const {
    return parts_[dimension]->Word(sets_[dimension][i], word - summary_words_);
  }

  absl::Span<const uint32_t> rows_;
  std::array<std::array<const uint64_t*, kMaxRows>, kMaxDimensions> sets_;
  size_t dimensions_ = 0;
  // The first dimensions, where their sets are not whole.
  std::array<const DeltaCodedSets*, kMaxTexts> parts_;
  size_t in_parts_ = 0;
  size_t summary_words_ = 0;
};

// By RowFlags of guest: the conjunctions that accept it.
BitSets GuestSets(const ConjunctionIndex& index);

// Clears the conjunctions that do not accept the server's name or labels.
void FilterByServer(const ValueLookups& lookups, const ConjunctionIndex& index, const ServerBlock& server,
                    BitWords& words);

// The words with their summary before them.
std::vector<uint64_t> WithSummary(const ConjunctionIndex& index, const BitWords& words);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_ROW_BATCH_H_
