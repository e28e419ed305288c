#include "policy/matcher/bit_set.h"

namespace idlewarden::policy {

BitWords AllBits(size_t bits) {
  BitWords words(WordsFor(bits), ~uint64_t{0});
  if (bits % 64 != 0) words.back() = (uint64_t{1} << (bits % 64)) - 1;
  return words;
}

uint32_t BitSets::Add(absl::Span<const uint64_t> words) {
  const size_t summary = data_.size();
  data_.resize(summary + summary_words_);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != 0) data_[summary + i / 64] |= uint64_t{1} << (i % 64);
  }
  data_.insert(data_.end(), words.begin(), words.end());
  return count_++;
}

}  // namespace idlewarden::policy
