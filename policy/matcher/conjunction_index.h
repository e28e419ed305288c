// All conjunctions of the rules, or of the protections, of a policy at one certainty, dimension by dimension.
//
// Bits are not in file order: conjunctions with the same kinds of condition stand together, so that one value of a
// session can refuse whole words and the summaries are sparse. The owner (rule or protection) of each bit is kept
// beside. Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_CONJUNCTION_INDEX_H_
#define IDLEWARDEN_POLICY_MATCHER_CONJUNCTION_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/matcher/bit_set.h"
#include "policy/matcher/certainty.h"
#include "policy/matcher/interval_dimension.h"
#include "policy/matcher/pattern_dimension.h"
#include "policy/matcher/pattern_index.h"
#include "policy/model/resolved_policy.h"
#include "policy/model/server_block.h"

namespace idlewarden::policy {

// One alternative of a rule or protection, with what all its alternatives share.
struct IndexedConjunction {
  int32_t owner;  // the rule or protection
  Conjunction conditions;
};

// The lists of a policy by their use; shared by all indexes of a policy.
struct PatternIndexes {
  PatternIndex users;
  PatternIndex clients;
  PatternIndex texts;  // servers, client types, transports

  // That of a field with patterns.
  PatternIndex& Of(Field field);
  const PatternIndex& Of(Field field) const { return const_cast<PatternIndexes*>(this)->Of(field); }
};

class ConjunctionIndex {
 public:
  // The conditions must outlive the index.
  ConjunctionIndex(const std::vector<IndexedConjunction>& conjunctions, Certainty certainty, PatternIndexes& patterns);
  // Once all indexes of the policy have been made, and so all lists have numbers.
  void Finish(const PatternIndexes& patterns);

  size_t bits() const { return owners_.size(); }
  // Ascending within each word.
  int32_t owner(size_t bit) const { return owners_[bit]; }
  // The smallest owner in this and all later words.
  int32_t least_owner_from(size_t word) const { return least_owners_[word]; }

  // The field must have patterns, or be a number.
  const PatternDimension& patterns(Field field) const { return patterns_[field]; }
  const IntervalDimension& numbers(Field field) const { return numbers_[field]; }
  // For idle times of which only a lower bound is known.
  const IntervalDimension& idle_lower_bound() const { return idle_lower_bound_; }

  bool guest_active() const { return guest_active_; }
  // By RowFlags of guest: 0 unknown, kGuestKnown no guest, kGuestKnown | kGuest a guest.
  const BitWords& Guest(uint8_t guest_flags) const { return guests_[guest_flags & (kGuestKnown | kGuest)]; }

  // Clears the conjunctions whose labels the server does not have.
  void FilterByLabels(const std::map<std::string, std::string>& labels, BitWords& words) const;
  // The limits of idle time and age, ascending by bit.
  struct TimeLimit {
    size_t bit;
    Field field;
    TimeBounds bounds;
  };
  const std::vector<TimeLimit>& times() const { return times_; }
  // The conjunctions that accept the time.
  BitWords Accepting(absl::Time at) const;

 private:
  void Add(size_t bit, const ResolvedCondition& condition, PatternIndexes& patterns);
  void AddTime(size_t bit, Field field, const TimeBounds& bounds);
  void AddLabel(size_t bit, const LabelTest& test);
  void AddGuest(size_t bit, bool guest);
  void AddWindows(size_t bit, const Windows& windows);

  Certainty certainty_;
  FieldMap<PatternDimension, HasPatterns> patterns_;
  FieldMap<IntervalDimension, IsNumber> numbers_;
  IntervalDimension idle_lower_bound_;
  std::vector<int32_t> owners_;
  std::vector<int32_t> least_owners_;
  std::array<BitWords, 4> guests_;
  bool guest_active_ = false;
  // Which bits a label's value satisfies, how many labels a bit needs, and which bits need none.
  absl::flat_hash_map<std::pair<std::string, std::string>, std::vector<uint32_t>> bits_of_label_;
  std::vector<uint32_t> labels_needed_;
  BitWords without_labels_;
  std::vector<TimeLimit> times_;
  // Equal conditions are asked once: what time it is in a zone takes long to find out.
  struct OpenTimes {
    const Windows* windows;
    std::vector<size_t> bits;
  };
  std::vector<OpenTimes> open_times_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_CONJUNCTION_INDEX_H_
