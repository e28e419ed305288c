// Sets of conjunctions as bits, with a summary that tells which words hold any: what the compiled evaluator ANDs.

#ifndef IDLEWARDEN_POLICY_MATCHER_BIT_SET_H_
#define IDLEWARDEN_POLICY_MATCHER_BIT_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace idlewarden::policy {

// 64 bits a word.
constexpr size_t WordsFor(size_t bits) { return (bits + 63) / 64; }

// Bits that have no meaning (beyond the last conjunction) stay 0 in all sets.
using BitWords = std::vector<uint64_t>;

inline void SetBit(absl::Span<uint64_t> words, size_t bit, bool value) {
  const uint64_t mask = uint64_t{1} << (bit % 64);
  if (value) {
    words[bit / 64] |= mask;
  } else {
    words[bit / 64] &= ~mask;
  }
}

// All of the first `bits` bits set.
BitWords AllBits(size_t bits);

// Many sets over the same bits. A set is stored as its summary (a bit for each word that is not zero) followed by its
// words.
//
// Not synchronised; const methods may run at once.
class BitSets {
 public:
  explicit BitSets(size_t bits) : words_(WordsFor(bits)), summary_words_(WordsFor(words_)) {}

  // The number of the new set: 0, 1, …
  uint32_t Add(absl::Span<const uint64_t> words);

  // Valid until the next Add.
  const uint64_t* Summary(uint32_t set) const { return data_.data() + set * (summary_words_ + words_); }
  const uint64_t* Words(uint32_t set) const { return Summary(set) + summary_words_; }

  size_t words() const { return words_; }
  size_t summary_words() const { return summary_words_; }

 private:
  size_t words_;
  size_t summary_words_;
  uint32_t count_ = 0;
  std::vector<uint64_t> data_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_BIT_SET_H_
