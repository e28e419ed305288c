// One dimension of patterns (users, clients, …) at one certainty: which conjunctions accept a value, given the answers
// of the lists for it.
//
// Each `in` and each `not_in` is a test of its own; a conjunction accepts where all its tests do. Tests are kept in
// layers with at most one test of a conjunction each, so that an answer of a list sets or clears bits of whole words of
// a layer. Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_PATTERN_DIMENSION_H_
#define IDLEWARDEN_POLICY_MATCHER_PATTERN_DIMENSION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/matcher/bit_set.h"
#include "policy/matcher/certainty.h"
#include "policy/matcher/pattern_index.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

class PatternDimension {
 public:
  PatternDimension(size_t bits, Certainty certainty) : bits_(bits), certainty_(certainty), tests_of_bit_(bits) {}

  // The conjunction `bit` has these lists; it may have several of them. The lists get numbers in `index`.
  void Add(size_t bit, const PatternLists<PatternSet>& lists, PatternIndex& index);
  // After the last Add.
  void Finish(const PatternIndex& index);

  // False if no conjunction has a condition here: every value then accepts all.
  bool active() const { return !tests_.empty(); }

  // Scratch memory of a caller of Accepting, so that look-ups allocate nothing.
  struct Scratch {
    BitWords layers;
  };

  // What accepts if no list has another answer than by default, of all layers. `open`: see HostAnswers.
  BitWords NamesUnknownDefaults(const std::vector<bool>& open) const;

  // The conjunctions that accept the value. Overwrites `words`. `names_unknown`: what NamesUnknownDefaults gave for the
  // hosts by which the answers were found; only asked for values with DefaultAnswers::kNamesUnknown.
  void Accepting(const ListAnswers& answers, const BitWords& names_unknown, Scratch& scratch, BitWords& words) const;

 private:
  struct Test {
    size_t bit;
    bool is_not_in;
    std::vector<uint32_t> lists;
  };
  // What a list's answer does to a word: bits of `in` are set, those of `not_in` are cleared.
  struct Effect {
    uint32_t word;  // of all layers, one behind the other
    bool is_not_in;
    uint64_t mask;
  };

  void AddTest(size_t bit, bool is_not_in, const PatternSet& set, PatternIndex& index);
  // What accepts, of all layers, where answer_of(lists of the test) is what a test's lists answer.
  template <typename AnswerOf>
  BitWords Defaults(const AnswerOf& answer_of) const;
  const BitWords& DefaultsFor(DefaultAnswers otherwise, const BitWords& names_unknown) const;
  // Of a test of this bit, in the words of all layers.
  size_t PlaceOf(size_t bit, size_t layer) const { return layer * WordsFor(bits_) * 64 + bit; }
  // The test of the bit at this place of all layers hangs on the list whose effects these are.
  void AddEffect(size_t place, bool is_not_in, std::vector<Effect>& effects) const;
  void Apply(const ListAnswers& found, BitWords& layers) const;

  size_t bits_;
  Certainty certainty_;
  std::vector<Test> tests_;
  std::vector<std::vector<uint32_t>> tests_of_bit_;
  size_t layers_ = 0;
  // What accepts by default, of all layers.
  BitWords all_no_, networks_unknown_, all_unknown_;
  // The effects of all lists, those of one side by side: a look-up meets a few of many lists, far from each other.
  std::vector<uint32_t> first_effect_;  // by list, and one more
  std::vector<Effect> effects_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_PATTERN_DIMENSION_H_
