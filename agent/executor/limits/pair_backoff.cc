#include "agent/executor/limits/pair_backoff.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace idlewarden::agent {

namespace {

constexpr int kReturnsInARow = 3;
constexpr absl::Duration kForgottenAfter = absl::Hours(24);

}  // namespace

void PairBackoff::AfterFailure(const policy::PairKey& key, SteadyTime now) {
  Pair& pair = pairs_[key];
  pair.heard_of = now;
  pair.after_failure_until = now + options_.after_failure;
}

void PairBackoff::AfterClose(const policy::PairKey& key, SteadyTime now) {
  const auto found = pairs_.find(key);
  if (found == pairs_.end()) return;  // there is no row to go on or to end
  Pair& pair = found->second;
  pair.heard_of = now;
  if (!std::exchange(pair.returned, false)) pair.returns = 0;
}

absl::Duration PairBackoff::AfterReturn(const policy::PairKey& key, SteadyTime now) {
  Pair& pair = pairs_[key];
  pair.heard_of = now;
  pair.returned = true;
  if (++pair.returns < kReturnsInARow) return absl::ZeroDuration();
  const int doublings = std::min(pair.returns - kReturnsInARow, 20);
  const absl::Duration rest = std::min(options_.longest_backoff, options_.first_backoff * (int64_t{1} << doublings));
  ForgetBackoff(pair);
  pair.after_returns_until = now + rest;
  backoff_ends_.insert(pair.after_returns_until);
  return rest;
}

bool PairBackoff::InBackoff(const policy::PairKey& key, SteadyTime now) const {
  const auto found = pairs_.find(key);
  return found != pairs_.end() && now < std::max(found->second.after_failure_until, found->second.after_returns_until);
}

size_t PairBackoff::backed_off(SteadyTime now) const {
  return static_cast<size_t>(std::distance(backoff_ends_.upper_bound(now), backoff_ends_.end()));
}

void PairBackoff::ForgetBackoff(const Pair& pair) {
  const auto found = backoff_ends_.find(pair.after_returns_until);
  if (found != backoff_ends_.end()) backoff_ends_.erase(found);
}

void PairBackoff::Prune(SteadyTime now) {
  std::erase_if(pairs_, [&](const auto& item) {
    const Pair& pair = item.second;
    if (now < std::max(pair.after_failure_until, pair.after_returns_until)) return false;
    const bool counts_returns = pair.returns > 0;
    if (counts_returns && now < pair.heard_of + kForgottenAfter) return false;
    ForgetBackoff(pair);
    return true;
  });
}

}  // namespace idlewarden::agent
