#include "policy/matcher/pattern_dimension.h"

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
  return Accepts(test.is_not_in ? Not(answer) : answer, plane_);
}

void PatternDimension::Finish(const PatternIndex& index) {
  for (const auto& tests : tests_of_bit_) layers_ = std::max(layers_, tests.size());
  const BitWords all = AllBits(bits_);
  for (BitWords& layers : defaults_) {
    for (size_t layer = 0; layer < layers_; ++layer) layers.insert(layers.end(), all.begin(), all.end());
  }
  std::vector<std::vector<Effect>> effects(index.list_count());
  for (size_t bit = 0; bit < bits_; ++bit) {
    for (size_t layer = 0; layer < tests_of_bit_[bit].size(); ++layer) {
      const Test& test = tests_[tests_of_bit_[bit][layer]];
      const size_t place = layer * all.size() * 64 + bit;
      for (size_t otherwise = 0; otherwise < defaults_.size(); ++otherwise) {
        const bool accepts = AcceptsByDefault(test, static_cast<DefaultAnswers>(otherwise), index);
        SetBit(absl::MakeSpan(defaults_[otherwise]), place, accepts);
      }
      for (const uint32_t list : test.lists) AddEffect(place, test.is_not_in, effects[list]);
    }
  }
  for (const std::vector<Effect>& of_list : effects) {
    first_effect_.push_back(static_cast<uint32_t>(effects_.size()));
    effects_.insert(effects_.end(), of_list.begin(), of_list.end());
  }
  first_effect_.push_back(static_cast<uint32_t>(effects_.size()));
}

// Bits come in ascending order, so the effects on a word, of all layers, are the last ones.
void PatternDimension::AddEffect(size_t place, bool is_not_in, std::vector<Effect>& effects) const {
  const size_t words = WordsFor(bits_);
  const auto word = static_cast<uint32_t>(place / 64);
  const uint64_t mask = uint64_t{1} << (place % 64);
  for (size_t i = effects.size(); i-- > 0 && effects[i].word % words == word % words;) {
    if (effects[i].word != word || effects[i].is_not_in != is_not_in) continue;
    effects[i].mask |= mask;
    return;
  }
  effects.push_back({word, is_not_in, mask});
}

// Answers of lists only rise above the default ones: acceptance by `in` only rises then, and by `not_in` only falls.
void PatternDimension::Apply(const ListAnswers& found, BitWords& layers) const {
  for (const auto& [list, answer] : found.lists) {
    const bool sets = Accepts(answer, plane_);
    const bool clears = !Accepts(Not(answer), plane_);
    for (uint32_t i = first_effect_[list]; i < first_effect_[list + 1]; ++i) {
      const Effect& effect = effects_[i];
      if (effect.is_not_in) {
        if (clears) layers[effect.word] &= ~effect.mask;
      } else if (sets) {
        layers[effect.word] |= effect.mask;
      }
    }
  }
}

void PatternDimension::Accepting(const ListAnswers& found, Scratch& scratch, BitWords& words) const {
  scratch.layers = defaults_[static_cast<size_t>(found.otherwise)];
  Apply(found, scratch.layers);
  const size_t count = WordsFor(bits_);
  words.assign(scratch.layers.begin(), scratch.layers.begin() + count);
  for (size_t layer = 1; layer < layers_; ++layer) {
    for (size_t i = 0; i < count; ++i) words[i] &= scratch.layers[layer * count + i];
  }
}

}  // namespace idlewarden::policy
