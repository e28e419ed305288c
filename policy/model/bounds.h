// Bounds of conditions on numbers: times in seconds, and counts; and what they answer of a number.

#ifndef IDLEWARDEN_POLICY_MODEL_BOUNDS_H_
#define IDLEWARDEN_POLICY_MODEL_BOUNDS_H_

#include <cstdint>
#include <optional>

#include "policy/model/answer.h"

namespace idlewarden::policy {

// Seconds, `at_least` included and `below` excluded. At least one is given.
struct TimeBounds {
  std::optional<int64_t> at_least;
  std::optional<int64_t> below;

  bool Contains(int64_t seconds) const {
    return (!at_least.has_value() || seconds >= *at_least) && (!below.has_value() || seconds < *below);
  }
  // Of a time of which is only known that it is not less than so many seconds. It never is below anything for certain.
  Answer AnswerLowerBound(int64_t seconds) const {
    if (below.has_value() && seconds >= *below) return Answer::kNo;
    return below.has_value() || seconds < at_least.value_or(0) ? Answer::kUnknown : Answer::kYes;
  }
  friend bool operator==(const TimeBounds&, const TimeBounds&) = default;
};

// Both included. At least one is given.
struct CountBounds {
  std::optional<int64_t> at_least;
  std::optional<int64_t> at_most;

  bool Contains(int64_t count) const {
    return (!at_least.has_value() || count >= *at_least) && (!at_most.has_value() || count <= *at_most);
  }
  friend bool operator==(const CountBounds&, const CountBounds&) = default;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_BOUNDS_H_
