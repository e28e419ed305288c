// Many sets over the same bits, most of which differ in a few words from one of a few others: what the users or clients
// of a policy with many rules come to. What is kept of a set then fits into caches and is quick to write.
//
// Not synchronised; const methods may run at once.

#ifndef IDLEWARDEN_POLICY_MATCHER_DELTA_CODED_SETS_H_
#define IDLEWARDEN_POLICY_MATCHER_DELTA_CODED_SETS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "policy/matcher/bit_set.h"

namespace idlewarden::policy {

class DeltaCodedSets {
 public:
  explicit DeltaCodedSets(size_t bits) : words_(WordsFor(bits)), summary_words_(WordsFor(words_)), models_(bits) {}

  // The number of the new set: 0, 1, …
  uint32_t Add(absl::Span<const uint64_t> words);

  // Sets of few words are kept as in BitSets: Summary(set)[summary_words() + word] is a word.
  bool whole() const { return words_ <= kFewWords; }

  // Begins with a bit for each word that is not zero. Valid until the next Add.
  const uint64_t* Summary(uint32_t set) const { return data_.data() + starts_[set]; }
  // A word of the set with this summary; not for whole ones.
  uint64_t Word(const uint64_t* summary, size_t word) const {
    const uint64_t* const parts = summary + summary_words_ + 1 + 2 * (word / 64);
    const uint64_t own = parts[0];
    const uint64_t bit = uint64_t{1} << (word % 64);
    if ((own & bit) == 0) return models_.Words(static_cast<uint32_t>(summary[summary_words_]))[word];
    return summary[parts[1] + std::popcount(own & (bit - 1))];
  }

 private:
  static constexpr size_t kFewWords = 8;
  static constexpr uint32_t kModels = 4;

  size_t DifferingWords(uint32_t model, absl::Span<const uint64_t> words) const;
  // The number of a model for the set: one of those there are, or the set itself.
  uint32_t ModelFor(absl::Span<const uint64_t> words);
  void AddParts(uint32_t model, absl::Span<const uint64_t> words);

  size_t words_;
  size_t summary_words_;
  BitSets models_;
  uint32_t model_count_ = 0;
  std::vector<uint32_t> starts_;  // by set: where in data_
  // A set: its summary, the number of its model; for each word of the summary, a bit for each word that is not the
  // model's and where, counted from the set's start, those begin; then those.
  std::vector<uint64_t> data_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_DELTA_CODED_SETS_H_
