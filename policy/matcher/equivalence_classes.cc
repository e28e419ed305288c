#include "policy/matcher/equivalence_classes.h"

#include <algorithm>

namespace idlewarden::policy {

EquivalenceClasses::EquivalenceClasses(const std::vector<Dimension>& dimensions, const std::vector<bool>* open)
    : dimensions_(dimensions) {
  for (const Dimension& dimension : dimensions_) {
    active_ = active_ || dimension.patterns->active();
    names_unknown_.push_back(open == nullptr ? BitWords() : dimension.patterns->NamesUnknownDefaults(*open));
    sets_.emplace_back(dimension.bits);
  }
  ClassWith({DefaultAnswers::kUnknown, {}});
}

void EquivalenceClasses::Add(uint32_t id, ListAnswers& answers) {
  if (id >= class_of_.size()) class_of_.resize(std::max<size_t>(id + 1, 2 * class_of_.size()), kNotAdded);
  std::sort(answers.lists.begin(), answers.lists.end());
  class_of_[id] = ClassWith(answers);
}

uint32_t EquivalenceClasses::ClassWith(const ListAnswers& answers) {
  key_.assign(1, static_cast<uint32_t>(answers.otherwise));
  for (size_t i = 0; i < answers.lists.size(); ++i) {
    const auto& [list, answer] = answers.lists[i];
    // Of several answers of a list the greatest, which is the last, counts.
    if (i + 1 < answers.lists.size() && answers.lists[i + 1].first == list) continue;
    key_.push_back(list << 2 | static_cast<uint32_t>(answer));
  }
  const auto [found, added] = classes_.try_emplace(key_, static_cast<uint32_t>(classes_.size()));
  if (!added) return found->second;
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    if (!dimensions_[i].patterns->active()) continue;
    dimensions_[i].patterns->Accepting(answers, names_unknown_[i], scratch_, words_);
    sets_[i].Add(words_);
  }
  return found->second;
}

}  // namespace idlewarden::policy
