#include "policy/matcher/delta_coded_sets.h"

#include <algorithm>

namespace idlewarden::policy {
namespace {

// Bit i for word first + i, of 64 at most, for which differs(word) is true.
template <typename Differs>
uint64_t BitsOf(size_t first, size_t words, const Differs& differs) {
  uint64_t bits = 0;
  for (size_t i = first; i < std::min(words, first + 64); ++i) bits |= uint64_t{differs(i)} << (i - first);
  return bits;
}

}  // namespace

uint32_t DeltaCodedSets::Add(absl::Span<const uint64_t> words) {
  const size_t start = data_.size();
  for (size_t first = 0; first < words.size(); first += 64) {
    data_.push_back(BitsOf(first, words.size(), [&](size_t i) { return words[i] != 0; }));
  }
  if (whole()) {
    data_.insert(data_.end(), words.begin(), words.end());
  } else {
    AddParts(ModelFor(words), words);
  }
  starts_.push_back(static_cast<uint32_t>(start));
  return static_cast<uint32_t>(starts_.size() - 1);
}

size_t DeltaCodedSets::DifferingWords(uint32_t model, absl::Span<const uint64_t> words) const {
  const uint64_t* const model_words = models_.Words(model);
  size_t differing = 0;
  for (size_t i = 0; i < words.size(); ++i) differing += words[i] != model_words[i];
  return differing;
}

uint32_t DeltaCodedSets::ModelFor(absl::Span<const uint64_t> words) {
  uint32_t best = 0;
  size_t least = words.size() + 1;
  for (uint32_t model = 0; model < model_count_; ++model) {
    const size_t differing = DifferingWords(model, words);
    if (differing <= words.size() / 8) return model;
    if (differing < least) {
      least = differing;
      best = model;
    }
  }
  if (model_count_ == kModels) return best;
  ++model_count_;
  return models_.Add(words);
}

void DeltaCodedSets::AddParts(uint32_t model, absl::Span<const uint64_t> words) {
  const size_t start = data_.size() - summary_words_;
  const size_t parts = data_.size() + 1;
  data_.push_back(model);
  data_.resize(data_.size() + 2 * summary_words_);
  const uint64_t* const model_words = models_.Words(model);
  for (size_t first = 0; first < words.size(); first += 64) {
    uint64_t own = BitsOf(first, words.size(), [&](size_t i) { return words[i] != model_words[i]; });
    data_[parts + first / 32] = own;
    data_[parts + first / 32 + 1] = data_.size() - start;
    for (; own != 0; own &= own - 1) data_.push_back(words[first + std::countr_zero(own)]);
  }
}

}  // namespace idlewarden::policy
