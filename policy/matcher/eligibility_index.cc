#include "policy/matcher/eligibility_index.h"

#include <algorithm>
#include <optional>

namespace idlewarden::policy {

// What one more would do as time passes has to be thought about.
static_assert(AreAll<IsTime>({Field::kIdle, Field::kAge}));

EligibilityIndex::EligibilityIndex(const ConjunctionIndex& conjunctions)
    : first_limit_(conjunctions.bits() + 1),
      idle_(conjunctions.bits(), Certainty::kCertain),
      idle_below_(conjunctions.bits(), Certainty::kPossible),
      age_(conjunctions.bits(), Certainty::kCertain),
      age_below_(conjunctions.bits(), Certainty::kPossible) {
  std::vector<uint32_t> idle_limits(conjunctions.bits());
  for (const auto& [bit, field, bounds] : conjunctions.times()) {
    const bool is_idle = field == Field::kIdle;
    const int64_t at_least = std::min<int64_t>(bounds.at_least.value_or(0), kGreatest);
    const int64_t below = std::min<int64_t>(bounds.below.value_or(kUnknownNumber), kUnknownNumber);
    ++first_limit_[bit + 1];
    limits_.push_back({.at_least = static_cast<uint32_t>(at_least),
                       .below = static_cast<uint32_t>(below),
                       .is_idle = is_idle,
                       .has_below = bounds.below.has_value()});
    (is_idle ? idle_ : age_).Add(bit, TimeBounds{.at_least = at_least, .below = std::nullopt});
    idle_limits[bit] += is_idle;
  }
  for (size_t bit = 0; bit < conjunctions.bits(); ++bit) first_limit_[bit + 1] += first_limit_[bit];
  for (const auto& [bit, field, bounds] : conjunctions.times()) {
    if (!bounds.below.has_value()) continue;
    const TimeBounds still_below{.at_least = std::nullopt, .below = bounds.below};
    if (field == Field::kAge) {
      age_below_.Add(bit, still_below);
    } else if (idle_limits[bit] == 1) {
      idle_below_.Add(bit, still_below);
    }
  }
  for (IntervalDimension* numbers : {&idle_, &idle_below_, &age_, &age_below_}) numbers->Finish();
}

uint32_t EligibilityIndex::After(uint32_t value, int64_t within) {
  if (value == kUnknownNumber) return value;
  constexpr int64_t kMost = kGreatest;
  return static_cast<uint32_t>(std::min(value + std::min(within - 1, kMost), kMost));
}

int64_t EligibilityIndex::SecondsUntil(const Limit& limit, uint32_t value, bool is_lower_bound) {
  if (value == kUnknownNumber) return kNever;
  if (is_lower_bound && limit.has_below) return limit.at_least;
  if (value < limit.at_least) return limit.at_least - value;
  if (value < limit.below) return 0;
  return limit.is_idle ? limit.at_least : kNever;
}

int64_t EligibilityIndex::SecondsUntil(size_t bit, const Idle& idle, uint32_t age) const {
  int64_t seconds = 0;
  for (uint32_t i = first_limit_[bit]; i < first_limit_[bit + 1]; ++i) {
    const Limit& limit = limits_[i];
    const int64_t needed = limit.is_idle ? SecondsUntil(limit, idle.seconds, idle.is_lower_bound)
                                         : SecondsUntil(limit, age, /*is_lower_bound=*/false);
    seconds = std::max(seconds, needed);
  }
  return seconds;
}

}  // namespace idlewarden::policy
