#include "policy/compiler/index/similar_sets.h"

namespace idlewarden::policy {

uint32_t SimilarSets::Add(absl::Span<const uint64_t> words) {
  const size_t start = data_.size();
  data_.resize(start + summary_words_);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != 0) data_[start + i / 64] |= uint64_t{1} << (i % 64);
  }
  if (whole()) {
    data_.insert(data_.end(), words.begin(), words.end());
  } else {
    AddParts(ModelFor(words), words);
  }
  starts_.push_back(static_cast<uint32_t>(start));
  return static_cast<uint32_t>(starts_.size() - 1);
}

size_t SimilarSets::DifferingWords(uint32_t model, absl::Span<const uint64_t> words) const {
  const uint64_t* const model_words = models_.Words(model);
  size_t differing = 0;
  for (size_t i = 0; i < words.size(); ++i) differing += words[i] != model_words[i];
  return differing;
}

uint32_t SimilarSets::ModelFor(absl::Span<const uint64_t> words) {
  uint32_t best = 0;
  size_t least = words.size() + 1;
  for (uint32_t model = 0; model < model_count_; ++model) {
    const size_t differing = DifferingWords(model, words);
    if (differing < least) {
      least = differing;
      best = model;
    }
  }
  if (model_count_ == kModels || least <= words.size() / 8) return best;
  ++model_count_;
  return models_.Add(words);
}

void SimilarSets::AddParts(uint32_t model, absl::Span<const uint64_t> words) {
  const size_t start = data_.size() - summary_words_;
  const size_t parts = data_.size() + 1;
  data_.push_back(model);
  data_.resize(data_.size() + 2 * summary_words_);
  const uint64_t* const model_words = models_.Words(model);
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t part = parts + 2 * (i / 64);
    if (i % 64 == 0) data_[part + 1] = data_.size() - start;
    if (words[i] == model_words[i]) continue;
    data_[part] |= uint64_t{1} << (i % 64);
    data_.push_back(words[i]);
  }
}

}  // namespace idlewarden::policy
