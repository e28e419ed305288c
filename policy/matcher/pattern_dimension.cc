#include "policy/matcher/pattern_dimension.h"

#include <algorithm>

namespace idlewarden::policy {
namespace {

Answer UnknownIfAny(const std::vector<uint32_t>& lists, const std::vector<bool>& unknown) {
  const bool any = std::any_of(lists.begin(), lists.end(), [&](uint32_t list) { return unknown[list]; });
  return any ? Answer::kUnknown : Answer::kNo;
}

}  // namespace

void PatternDimension::Add(size_t bit, const PatternLists<PatternSet>& lists, PatternIndex& index) {
  if (lists.in.has_value()) AddTest(bit, false, *lists.in, index);
  if (lists.not_in.has_value()) AddTest(bit, true, *lists.not_in, index);
}

void PatternDimension::AddTest(size_t bit, bool is_not_in, const PatternSet& set, PatternIndex& index) {
  Test test{bit, is_not_in, {}};
  for (const std::shared_ptr<const PatternList>& list : set) test.lists.push_back(index.Add(list));
  std::sort(test.lists.begin(), test.lists.end());
  test.lists.erase(std::unique(test.lists.begin(), test.lists.end()), test.lists.end());
  tests_of_bit_[bit].push_back(static_cast<uint32_t>(tests_.size()));
  tests_.push_back(std::move(test));
}

template <typename AnswerOf>
BitWords PatternDimension::Defaults(const AnswerOf& answer_of) const {
  BitWords layers;
  const BitWords all = AllBits(bits_);
  for (size_t layer = 0; layer < layers_; ++layer) layers.insert(layers.end(), all.begin(), all.end());
  for (size_t bit = 0; bit < bits_; ++bit) {
    for (size_t layer = 0; layer < tests_of_bit_[bit].size(); ++layer) {
      const Test& test = tests_[tests_of_bit_[bit][layer]];
      const Answer answer = answer_of(test.lists);
      SetBit(absl::MakeSpan(layers), PlaceOf(bit, layer), Accepts(test.is_not_in ? Not(answer) : answer, certainty_));
    }
  }
  return layers;
}

BitWords PatternDimension::NamesUnknownDefaults(const std::vector<bool>& open) const {
  return Defaults([&](const std::vector<uint32_t>& lists) { return UnknownIfAny(lists, open); });
}

void PatternDimension::Finish(const PatternIndex& index) {
  for (const auto& tests : tests_of_bit_) layers_ = std::max(layers_, tests.size());
  all_no_ = Defaults([](const auto&) { return Answer::kNo; });
  networks_unknown_ = Defaults([&](const auto& lists) { return UnknownIfAny(lists, index.has_network()); });
  // A value that is unknown is so for the condition as a whole, also where its lists have no patterns at all.
  all_unknown_ = Defaults([](const auto&) { return Answer::kUnknown; });
  std::vector<std::vector<Effect>> effects(index.list_count());
  for (size_t bit = 0; bit < bits_; ++bit) {
    for (size_t layer = 0; layer < tests_of_bit_[bit].size(); ++layer) {
      const Test& test = tests_[tests_of_bit_[bit][layer]];
      for (const uint32_t list : test.lists) AddEffect(PlaceOf(bit, layer), test.is_not_in, effects[list]);
    }
  }
  for (const std::vector<Effect>& of_list : effects) {
    first_effect_.push_back(static_cast<uint32_t>(effects_.size()));
    effects_.insert(effects_.end(), of_list.begin(), of_list.end());
  }
  first_effect_.push_back(static_cast<uint32_t>(effects_.size()));
}

const BitWords& PatternDimension::DefaultsFor(DefaultAnswers otherwise, const BitWords& names_unknown) const {
  switch (otherwise) {
    case DefaultAnswers::kNo:
      return all_no_;
    case DefaultAnswers::kNetworksUnknown:
      return networks_unknown_;
    case DefaultAnswers::kNamesUnknown:
      return names_unknown;
    case DefaultAnswers::kUnknown:
      break;
  }
  return all_unknown_;
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
    const bool sets = Accepts(answer, certainty_);
    const bool clears = !Accepts(Not(answer), certainty_);
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

void PatternDimension::Accepting(const ListAnswers& found, const BitWords& names_unknown, Scratch& scratch,
                                 BitWords& words) const {
  scratch.layers = DefaultsFor(found.otherwise, names_unknown);
  Apply(found, scratch.layers);
  const size_t count = WordsFor(bits_);
  words.assign(scratch.layers.begin(), scratch.layers.begin() + count);
  for (size_t layer = 1; layer < layers_; ++layer) {
    for (size_t i = 0; i < count; ++i) words[i] &= scratch.layers[layer * count + i];
  }
}

}  // namespace idlewarden::policy
