#include "policy/matcher/interval_dimension.h"

#include <algorithm>

#include "policy/model/server_block.h"

namespace idlewarden::policy {
namespace {

constexpr int64_t kEnd = kUnknownNumber;  // above all values

}  // namespace

void IntervalDimension::Add(size_t bit, const TimeBounds& bounds) {
  ranges_.push_back({bit, bounds.at_least.value_or(0), std::min(bounds.below.value_or(kEnd), kEnd)});
}

// As Accepts(bounds.AnswerLowerBound(value), certainty_).
void IntervalDimension::AddForLowerBounds(size_t bit, const TimeBounds& bounds) {
  if (certainty_ == Certainty::kPossible) {
    ranges_.push_back({bit, 0, std::min(bounds.below.value_or(kEnd), kEnd)});
  } else {
    ranges_.push_back({bit, bounds.at_least.value_or(0), bounds.below.has_value() ? 0 : kEnd});
  }
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
    if (certainty_ == Certainty::kCertain) SetBit(absl::MakeSpan(unknown), range.bit, false);
    if (range.first >= range.end) continue;  // beyond all values
    changes.push_back({range.first, range.bit, -1});
    changes.push_back({range.end, range.bit, +1});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
  const auto add_interval = [&](int64_t start, const BitWords& accepting) {
    starts_.push_back(static_cast<uint32_t>(start));
    sets_.Add(accepting);
  };
  size_t next = 0;
  int64_t start = 0;
  while (start < kEnd) {
    for (; next < changes.size() && changes[next].at <= start; ++next) {
      violated[changes[next].bit] += changes[next].violated;
      SetBit(absl::MakeSpan(words), changes[next].bit, violated[changes[next].bit] == 0);
    }
    add_interval(start, words);
    start = next < changes.size() ? changes[next].at : kEnd;
  }
  add_interval(kEnd, unknown);
}

}  // namespace idlewarden::policy
