// What accepts the values of some rows of a server, dimension by dimension: the sets that searches in a plane AND.
//
// Rows are taken some at a time, so that the processor always has something to do while it waits for a set from memory.
// Not synchronised. Valid while what was added is.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_ROW_SETS_H_
#define IDLEWARDEN_POLICY_EVALUATOR_ROW_SETS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "policy/compiler/index/bit_set.h"
#include "policy/compiler/index/plane_index.h"
#include "policy/evaluator/value_lookups.h"
#include "policy/model/server_block.h"

namespace idlewarden::policy {

class RowSets {
 public:
  static constexpr size_t kMaxRows = 32;

  // At most kMaxRows.
  explicit RowSets(absl::Span<const uint32_t> rows) : rows_(rows) {}

  size_t size() const { return rows_.size(); }
  uint32_t row(size_t i) const { return rows_[i]; }

  // A dimension: set_of(row) is the summary of the set that accepts the row's value. At most kMaxDimensions.
  template <typename SetOf>
  void Add(const SetOf& set_of) {
    auto* gathered = sets_[dimensions_++].data();
    for (const uint32_t row : rows_) *gathered++ = set_of(row);
  }
  // The dimensions of users, clients, client types and transports that have conditions. `plane` counts in
  // PolicyIndex::planes().
  void AddTexts(const ValueLookups& lookups, size_t plane, const SessionRows& columns);
  // By RowFlags of guest; `guests` has a set for each.
  void AddGuests(const BitSets& guests, const SessionRows& columns) {
    Add([&](uint32_t row) { return guests.Summary(columns.flags[row] & (kGuestKnown | kGuest)); });
  }

  // Word `word` of the sets, of the summary or behind it: of each row, with `common` …
  void AndAll(size_t word, uint64_t common, uint64_t* result) const;
  // … and of the row with number `i`, with `bits`. The last dimensions go first: the sets of numbers are few and at
  // hand, the ones of texts, which are added first to be on their way, are many and far.
  uint64_t And(size_t i, size_t word, uint64_t bits) const {
    for (size_t dimension = dimensions_; dimension-- > 0 && bits != 0;) bits &= sets_[dimension][i][word];
    return bits;
  }

 private:
  static constexpr size_t kMaxDimensions = 9;

  absl::Span<const uint32_t> rows_;
  std::array<std::array<const uint64_t*, kMaxRows>, kMaxDimensions> sets_;
  size_t dimensions_ = 0;
};

// By RowFlags of guest: the conjunctions that accept it.
BitSets GuestSets(const PlaneIndex& index);

// Clears the conjunctions that do not accept the server's name or labels.
void FilterByServer(const ValueLookups& lookups, const PlaneIndex& index, const ServerBlock& server, BitWords& words);

// The words with their summary before them.
std::vector<uint64_t> WithSummary(const PlaneIndex& index, const BitWords& words);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_ROW_SETS_H_
