#include "policy/compiler/index/bit_set.h"

#include <algorithm>

namespace idlewarden::policy {
namespace {

// Four lanes, so that the multiplications do not wait for each other.
uint64_t HashWords(absl::Span<const uint64_t> words) {
  constexpr uint64_t kFactor = 0xd6e8feb86659fd93;
  uint64_t lanes[4] = {1, 2, 3, 4};
  for (size_t i = 0; i < words.size(); ++i) {
    uint64_t& lane = lanes[i % 4];
    lane = (lane ^ words[i]) * kFactor;
    lane ^= lane >> 32;
  }
  uint64_t hash = 0;
  for (const uint64_t lane : lanes) {
    hash = (hash ^ lane) * kFactor;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

BitWords AllBits(size_t bits) {
  BitWords words(WordsFor(bits), ~uint64_t{0});
  if (bits % 64 != 0) words.back() = (uint64_t{1} << (bits % 64)) - 1;
  return words;
}

uint32_t BitSets::Add(absl::Span<const uint64_t> words) {
  std::vector<uint32_t>& equal_hash = by_hash_[HashWords(words)];
  for (const uint32_t set : equal_hash) {
    if (std::equal(words.begin(), words.end(), Words(set))) return set;
  }
  const auto set = static_cast<uint32_t>(count_++);
  equal_hash.push_back(set);
  const size_t summary = data_.size();
  data_.resize(summary + summary_words_);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != 0) data_[summary + i / 64] |= uint64_t{1} << (i % 64);
  }
  data_.insert(data_.end(), words.begin(), words.end());
  return set;
}

}  // namespace idlewarden::policy
