#include "policy/compiler/index/interval_dimension.h"

#include <algorithm>
#include <limits>

namespace idlewarden::policy {
namespace {

constexpr int64_t kEnd = std::numeric_limits<uint32_t>::max();  // above all values

}  // namespace

void IntervalDimension::Add(size_t bit, const TimeBounds& bounds) {
  ranges_.push_back({bit, bounds.at_least.value_or(0), std::min(bounds.below.value_or(kEnd), kEnd)});
}

void IntervalDimension::Add(size_t bit, const CountBounds& bounds) {
  const int64_t end = bounds.at_most.has_value() ? std::min(*bounds.at_most + 1, kEnd) : kEnd;
  ranges_.push_back({bit, bounds.at_least.value_or(0), end});
}

// Walks the intervals upwards, counting for each conjunction how many of its ranges do not hold.
void IntervalDimension::Finish() {
  struct Change {
    int64_t at;
    size_t bit;
    int violated;  // +1 or -1
  };
  std::vector<int> violated(bits_);
  std::vector<Change> changes;
  BitWords words = AllBits(bits_);
  BitWords unknown = words;
  for (const Range& range : ranges_) {
    ++violated[range.bit];
    SetBit(absl::MakeSpan(words), range.bit, false);
    if (plane_ == Plane::kCertain) SetBit(absl::MakeSpan(unknown), range.bit, false);
    if (range.first >= range.end) continue;  // beyond all values
    changes.push_back({range.first, range.bit, -1});
    changes.push_back({range.end, range.bit, +1});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
  unknown_ = sets_.Add(unknown);
  const auto close_interval = [&](int64_t start) {
    starts_.push_back(static_cast<uint32_t>(start));
    numbers_.push_back(sets_.Add(words));
  };
  size_t next = 0;
  int64_t start = 0;
  while (start < kEnd) {
    for (; next < changes.size() && changes[next].at <= start; ++next) {
      violated[changes[next].bit] += changes[next].violated;
      SetBit(absl::MakeSpan(words), changes[next].bit, violated[changes[next].bit] == 0);
    }
    close_interval(start);
    start = next < changes.size() ? changes[next].at : kEnd;
  }
}

uint32_t IntervalDimension::Accepting(uint32_t value) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), value);
  return numbers_[after - starts_.begin() - 1];
}

}  // namespace idlewarden::policy
