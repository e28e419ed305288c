#include "policy/compiler/index/pattern_dimension.h"

#include <algorithm>

namespace idlewarden::policy {

void PatternDimension::Add(size_t bit, const PatternCondition& condition, PatternIndex& index) {
  if (condition.in.has_value()) AddTest(bit, false, *condition.in, index);
  if (condition.not_in.has_value()) AddTest(bit, true, *condition.not_in, index);
}

void PatternDimension::AddTest(size_t bit, bool is_not_in, const PatternSet& set, PatternIndex& index) {
  Test test{bit, is_not_in, {}};
  for (const std::shared_ptr<const PatternList>& list : set) test.lists.push_back(index.Add(list));
  std::sort(test.lists.begin(), test.lists.end());
  test.lists.erase(std::unique(test.lists.begin(), test.lists.end()), test.lists.end());
  tests_of_bit_[bit].push_back(static_cast<uint32_t>(tests_.size()));
  tests_.push_back(std::move(test));
}

bool PatternDimension::AcceptsByDefault(const Test& test, DefaultAnswers otherwise, const PatternIndex& index) const {
  Answer answer = Answer::kNo;
  for (const uint32_t list : test.lists) {
    const bool unknown = otherwise == DefaultAnswers::kUnknown ||
                         (otherwise == DefaultAnswers::kNetworksUnknown && index.has_network(list));
    if (unknown) answer = Answer::kUnknown;
  }
  // A value that is unknown is so for the condition as a whole, also where a set has no patterns at all.
  if (otherwise == DefaultAnswers::kUnknown) answer = Answer::kUnknown;
  return InPlane(test.is_not_in ? Not(answer) : answer, plane_);
}

// Bits are visited in ascending order, so that masks of one word follow each other.
void PatternDimension::Finish(const PatternIndex& index) {
  const auto add = [](std::vector<MaskedWord>& masks, size_t bit) {
    const auto word = static_cast<uint32_t>(bit / 64);
    if (masks.empty() || masks.back().word != word) masks.push_back({word, 0});
    masks.back().mask |= uint64_t{1} << (bit % 64);
  };
  for (size_t bit = 0; bit < bits_; ++bit) {
    for (size_t depth = 0; depth < tests_of_bit_[bit].size(); ++depth) {
      if (depth == layers_.size()) {
        layers_.emplace_back();
        layers_.back().defaults.fill(AllBits(bits_));
        layers_.back().effects.resize(index.list_count());
      }
      const Test& test = tests_[tests_of_bit_[bit][depth]];
      Layer& layer = layers_[depth];
      for (size_t otherwise = 0; otherwise < layer.defaults.size(); ++otherwise) {
        const bool accepts = AcceptsByDefault(test, static_cast<DefaultAnswers>(otherwise), index);
        SetBit(absl::MakeSpan(layer.defaults[otherwise]), bit, accepts);
      }
      for (const uint32_t list : test.lists) {
        add(test.is_not_in ? layer.effects[list].not_in : layer.effects[list].in, bit);
      }
    }
  }
}

// Answers of lists only rise above the default ones: acceptance by `in` only rises then, and by `not_in` only falls.
void PatternDimension::Apply(const Layer& layer, const ListAnswers& found, BitWords& words) const {
  for (const auto& [list, answer] : found.lists) {
    const Effect& effect = layer.effects[list];
    if (InPlane(answer, plane_)) {
      for (const MaskedWord& masked : effect.in) words[masked.word] |= masked.mask;
    }
    if (!InPlane(Not(answer), plane_)) {
      for (const MaskedWord& masked : effect.not_in) words[masked.word] &= ~masked.mask;
    }
  }
}

void PatternDimension::Accepting(const ListAnswers& found, Scratch& scratch, BitWords& words) const {
  const auto otherwise = static_cast<size_t>(found.otherwise);
  words = layers_.front().defaults[otherwise];
  Apply(layers_.front(), found, words);
  for (size_t depth = 1; depth < layers_.size(); ++depth) {
    scratch.layer = layers_[depth].defaults[otherwise];
    Apply(layers_[depth], found, scratch.layer);
    for (size_t i = 0; i < words.size(); ++i) words[i] &= scratch.layer[i];
  }
}

}  // namespace idlewarden::policy
