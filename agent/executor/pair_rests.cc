#include "agent/executor/pair_rests.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace idlewarden::agent {

namespace {

constexpr int kReturnsInARow = 3;
constexpr absl::Duration kForgottenAfter = absl::Hours(24);

}  // namespace

void PairRests::AfterFailure(const PairKey& key, absl::Time now) {
  Pair& pair = pairs_[key];
  pair.heard_of = now;
  pair.rests_until = now + options_.after_failure;
}

void PairRests::AfterClose(const PairKey& key, absl::Time now) {
  Pair& pair = pairs_[key];
  pair.heard_of = now;
  if (!std::exchange(pair.returned, false)) pair.returns = 0;
}

absl::Duration PairRests::AfterReturn(const PairKey& key, absl::Time now) {
  Pair& pair = pairs_[key];
  pair.heard_of = now;
  pair.returned = true;
  if (++pair.returns < kReturnsInARow) return absl::ZeroDuration();
  const int doublings = std::min(pair.returns - kReturnsInARow, 20);
  const absl::Duration rest = std::min(options_.longest_backoff, options_.first_backoff * (int64_t{1} << doublings));
  pair.backs_off_until = now + rest;
  return rest;
}

bool PairRests::Rests(const PairKey& key, absl::Time now) const {
  const auto found = pairs_.find(key);
  return found != pairs_.end() && now < std::max(found->second.rests_until, found->second.backs_off_until);
}

size_t PairRests::backed_off(absl::Time now) const {
  return static_cast<size_t>(
      std::count_if(pairs_.begin(), pairs_.end(), [&](const auto& item) { return now < item.second.backs_off_until; }));
}

void PairRests::Prune(absl::Time now) {
  std::erase_if(pairs_, [&](const auto& item) {
    const Pair& pair = item.second;
    if (now < std::max(pair.rests_until, pair.backs_off_until)) return false;
    const bool counts_returns = pair.returns > 0;
    return !counts_returns || now >= pair.heard_of + kForgottenAfter;
  });
}

}  // namespace idlewarden::agent
