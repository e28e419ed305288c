// One dimension of numbers (idle, age, counts) in one plane: which conjunctions accept a value.
//
// The bounds of all conjunctions cut the numbers into intervals; each interval has its set, found by binary search.
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_COMPILER_INDEX_INTERVAL_DIMENSION_H_
#define IDLEWARDEN_POLICY_COMPILER_INDEX_INTERVAL_DIMENSION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/compiler/index/bit_set.h"
#include "policy/compiler/index/plane.h"
#include "policy/model/bounds.h"

namespace idlewarden::policy {

class IntervalDimension {
 public:
  IntervalDimension(size_t bits, Plane plane) : bits_(bits), plane_(plane), sets_(bits) {}

  // The conjunction `bit` has these bounds; it may have several.
  void Add(size_t bit, const TimeBounds& bounds);
  void Add(size_t bit, const CountBounds& bounds);
  // After the last Add.
  void Finish();

  // False if no conjunction has a condition here: every value then accepts all.
  bool active() const { return !ranges_.empty(); }

  // The number in sets() of the conjunctions that accept the value.
  uint32_t Accepting(uint32_t value) const;
  uint32_t AcceptingUnknown() const { return unknown_; }
  const BitSets& sets() const { return sets_; }

 private:
  struct Range {
    size_t bit;
    int64_t first;
    int64_t end;  // excluded
  };

  size_t bits_;
  Plane plane_;
  std::vector<Range> ranges_;
  std::vector<uint32_t> starts_;   // of the intervals, ascending; the first is 0
  std::vector<uint32_t> numbers_;  // by interval
  uint32_t unknown_ = 0;
  BitSets sets_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_INDEX_INTERVAL_DIMENSION_H_
