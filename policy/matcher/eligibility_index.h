// How long it takes until time alone brings a session to the idle and age limits of the rules' conjunctions.
//
// An idle time past `below` falls under it only if the session becomes active again, so it counts as one that starts
// again at zero; an age past `below` never comes back. An idle time of which only a lower bound is known grows like
// one, but is never below anything: a limit with `below` waits for it to start again. Other conditions are not looked
// at. Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_ELIGIBILITY_INDEX_H_
#define IDLEWARDEN_POLICY_MATCHER_ELIGIBILITY_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "policy/matcher/conjunction_index.h"
#include "policy/matcher/interval_dimension.h"

namespace idlewarden::policy {

class EligibilityIndex {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  // Of the rules, which are matched for certain; bits are numbered as there.
  explicit EligibilityIndex(const ConjunctionIndex& conjunctions);

  // In seconds, or kUnknownNumber.
  struct Idle {
    uint32_t seconds;
    bool is_lower_bound;
  };

  // Exact, for one conjunction: seconds until its limits are reached, kNever if they cannot be. `age` in seconds, or
  // kUnknownNumber.
  int64_t SecondsUntil(size_t bit, const Idle& idle, uint32_t age) const;

  // The same as sets, for all conjunctions at once: the ones that take less than `within` seconds are among
  //   ((IdleReached and IdleStillBelow) or IdleRestarted) and Age and AgeStillBelow,
  // and no others, but for conjunctions with several limits of idle time. Summaries of sets; `within` is above 0.
  const uint64_t* IdleReached(const Idle& idle, int64_t within) const {
    return idle_.Accepting(After(idle.seconds, within));
  }
  const uint64_t* IdleStillBelow(const Idle& idle) const {
    return idle_below_.Accepting(idle.is_lower_bound ? kGreatest : idle.seconds);
  }
  const uint64_t* IdleRestarted(const Idle& idle, int64_t within) const {
    return idle_.Accepting(idle.seconds == kUnknownNumber ? kUnknownNumber : After(0, within));
  }
  // False if no conjunction has a limit of age: every age is then accepted by all.
  bool limits_age() const { return age_.active(); }
  const uint64_t* Age(uint32_t age, int64_t within) const { return age_.Accepting(After(age, within)); }
  const uint64_t* AgeStillBelow(uint32_t age) const { return age_below_.Accepting(age); }

 private:
  struct Limit {
    uint32_t at_least;
    uint32_t below;
    bool is_idle;
    bool has_below;
  };

  static constexpr uint32_t kGreatest = kUnknownNumber - 1;

  // The greatest value that it grows to in less than `within` seconds.
  static uint32_t After(uint32_t value, int64_t within);
  static int64_t SecondsUntil(const Limit& limit, uint32_t value, bool is_lower_bound);

  std::vector<uint32_t> first_limit_;  // by bit, and one more
  std::vector<Limit> limits_;
  IntervalDimension idle_, idle_below_, age_, age_below_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_ELIGIBILITY_INDEX_H_
