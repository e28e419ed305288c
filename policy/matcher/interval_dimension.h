// One dimension of numbers (idle, age, counts) at one certainty: which conjunctions accept a value.
//
// The bounds of all conjunctions cut the numbers into intervals; each interval has its set, found by binary search. An
// unknown number is an interval of its own, above all others.
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_INTERVAL_DIMENSION_H_
#define IDLEWARDEN_POLICY_MATCHER_INTERVAL_DIMENSION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/matcher/bit_set.h"
#include "policy/matcher/certainty.h"
#include "policy/model/bounds.h"

namespace idlewarden::policy {

class IntervalDimension {
 public:
  IntervalDimension(size_t bits, Certainty certainty) : bits_(bits), certainty_(certainty), sets_(bits) {}

  // The conjunction `bit` has these bounds; it may have several.
  void Add(size_t bit, const TimeBounds& bounds);
  void Add(size_t bit, const CountBounds& bounds);
  // For values that are lower bounds of a time which is not known itself: see TimeBounds::AnswerLowerBound. All or none
  // of a dimension's bounds are added so.
  void AddForLowerBounds(size_t bit, const TimeBounds& bounds);
  // After the last Add.
  void Finish();

  // False if no conjunction has a condition here: every value then accepts all.
  bool active() const { return !ranges_.empty(); }

  // The conjunctions that accept the value (kUnknownNumber for unknown), as the summary of a set of sets().
  const uint64_t* Accepting(uint32_t value) const;
  const BitSets& sets() const { return sets_; }

 private:
  struct Range {
    size_t bit;
    int64_t first;
    int64_t end;  // excluded
  };

  size_t bits_;
  Certainty certainty_;
  std::vector<Range> ranges_;
  std::vector<uint32_t> starts_;  // of the intervals, ascending, from 0 to kUnknownNumber
  BitSets sets_;                  // by interval
};

// Searches without branches: which way a search goes is a guess that processors would get wrong half of the time.
inline const uint64_t* IntervalDimension::Accepting(uint32_t value) const {
  const uint32_t* const first = starts_.data();
  const uint32_t* start = first;
  for (size_t left = starts_.size(); left > 1;) {
    const size_t half = left / 2;
    start = start[half] <= value ? start + half : start;
    left -= half;
  }
  return sets_.Summary(static_cast<uint32_t>(start - first));
}

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_INTERVAL_DIMENSION_H_
