#include "policy/compiler/index/pattern_dimension.h"

#include <algorithm>

namespace idlewarden::policy {
namespace {

std::optional<std::vector<uint32_t>> Number(const std::optional<PatternSet>& set, PatternIndex& index) {
  if (!set.has_value()) return std::nullopt;
  std::vector<uint32_t> numbers;
  for (const std::shared_ptr<const PatternList>& list : *set) numbers.push_back(index.Add(list));
  return numbers;
}

Answer AnyOf(const std::vector<uint32_t>& lists, const std::vector<Answer>& answers) {
  Answer answer = Answer::kNo;
  for (const uint32_t list : lists) answer = Or(answer, answers[list]);
  return answer;
}

}  // namespace

void PatternDimension::Add(size_t bit, const PatternCondition& condition, PatternIndex& index) {
  const auto number = static_cast<uint32_t>(conditions_.size());
  conditions_.push_back({Number(condition.in, index), Number(condition.not_in, index)});
  conditions_of_bit_[bit].push_back(number);
  bits_of_list_.resize(index.list_count());
  for (const auto* lists : {&conditions_.back().in, &conditions_.back().not_in}) {
    if (!lists->has_value()) continue;
    for (const uint32_t list : **lists) bits_of_list_[list].push_back(static_cast<uint32_t>(bit));
  }
}

void PatternDimension::Finish(const PatternIndex& index) {
  bits_of_list_.resize(index.list_count());
  for (Default& entry : defaults_) entry.answers.assign(index.list_count(), Answer::kNo);
  for (uint32_t list = 0; list < index.list_count(); ++list) {
    if (index.has_network(list)) {
      defaults_[static_cast<size_t>(DefaultAnswers::kNetworksUnknown)].answers[list] = Answer::kUnknown;
    }
    defaults_[static_cast<size_t>(DefaultAnswers::kUnknown)].answers[list] = Answer::kUnknown;
  }
  for (Default& entry : defaults_) FinishDefault(entry);
  effects_.resize(index.list_count());
  for (uint32_t list = 0; list < index.list_count(); ++list) FinishEffect(list);
}

void PatternDimension::FinishEffect(uint32_t list) {
  const auto add = [](std::vector<MaskedWord>& masks, uint32_t bit) {
    if (masks.empty() || masks.back().word != bit / 64) masks.push_back({bit / 64, 0});
    masks.back().mask |= uint64_t{1} << (bit % 64);
  };
  std::vector<uint32_t>& bits = bits_of_list_[list];
  std::sort(bits.begin(), bits.end());
  bits.erase(std::unique(bits.begin(), bits.end()), bits.end());
  for (const uint32_t bit : bits) {
    const ListCondition& first = conditions_[conditions_of_bit_[bit].front()];
    if (conditions_of_bit_[bit].size() > 1 || (first.in.has_value() && first.not_in.has_value())) {
      effects_[list].others.push_back(bit);
    } else {
      add(first.in.has_value() ? effects_[list].in_only : effects_[list].not_in_only, bit);
    }
  }
}

void PatternDimension::FinishDefault(Default& entry) const {
  entry.accepting = AllBits(bits_);
  for (size_t bit = 0; bit < bits_; ++bit) {
    if (!Accepts(bit, entry.answers)) SetBit(absl::MakeSpan(entry.accepting), bit, false);
  }
}

bool PatternDimension::Accepts(size_t bit, const std::vector<Answer>& answers) const {
  for (const uint32_t number : conditions_of_bit_[bit]) {
    const ListCondition& condition = conditions_[number];
    const Answer in = condition.in.has_value() ? AnyOf(*condition.in, answers) : Answer::kYes;
    const Answer not_in = condition.not_in.has_value() ? Not(AnyOf(*condition.not_in, answers)) : Answer::kYes;
    if (!InPlane(And(in, not_in), plane_)) return false;
  }
  return true;
}

void PatternDimension::Accepting(const ListAnswers& found, Scratch& scratch, BitWords& words) const {
  const Default& otherwise = defaults_[static_cast<size_t>(found.otherwise)];
  words = otherwise.accepting;
  if (found.lists.empty()) return;
  std::vector<Answer>& answers = scratch.answers[static_cast<size_t>(found.otherwise)];
  if (answers.size() != otherwise.answers.size()) answers = otherwise.answers;
  if (scratch.seen.size() != bits_) scratch.seen.assign(bits_, false);
  for (const auto& [list, answer] : found.lists) answers[list] = Or(answers[list], answer);
  for (const auto& [list, answer] : found.lists) {
    // Answers of lists only rise above the default ones, so that acceptance by `in` only rises and by `not_in` only
    // falls.
    if (InPlane(answer, plane_)) {
      for (const MaskedWord& masked : effects_[list].in_only) words[masked.word] |= masked.mask;
    }
    if (!InPlane(Not(answer), plane_)) {
      for (const MaskedWord& masked : effects_[list].not_in_only) words[masked.word] &= ~masked.mask;
    }
    for (const uint32_t bit : effects_[list].others) {
      if (scratch.seen[bit]) continue;
      scratch.seen[bit] = true;
      scratch.bits.push_back(bit);
      SetBit(absl::MakeSpan(words), bit, Accepts(bit, answers));
    }
  }
  for (const auto& [list, answer] : found.lists) answers[list] = otherwise.answers[list];
  for (const size_t bit : scratch.bits) scratch.seen[bit] = false;
  scratch.bits.clear();
}

}  // namespace idlewarden::policy
