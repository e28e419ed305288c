// One dimension of patterns (users, clients, …) in one plane: which conjunctions accept a value, given the answers of
// the lists for it.
//
// Each `in` and each `not_in` is a test of its own; a conjunction accepts where all its tests do. Tests are kept in
// layers with at most one test of a conjunction each, so that an answer of a list sets or clears whole words of a
// layer. Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_COMPILER_INDEX_PATTERN_DIMENSION_H_
#define IDLEWARDEN_POLICY_COMPILER_INDEX_PATTERN_DIMENSION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/compiler/index/bit_set.h"
#include "policy/compiler/index/pattern_index.h"
#include "policy/compiler/index/plane.h"
#include "policy/compiler/resolved_policy.h"

namespace idlewarden::policy {

class PatternDimension {
 public:
  PatternDimension(size_t bits, Plane plane) : bits_(bits), plane_(plane), tests_of_bit_(bits) {}

  // The conjunction `bit` has this condition; it may have several. The lists get numbers in `index`.
  void Add(size_t bit, const PatternCondition& condition, PatternIndex& index);
  // After the last Add.
  void Finish(const PatternIndex& index);

  // False if no conjunction has a condition here: every value then accepts all.
  bool active() const { return !tests_.empty(); }

  // Scratch memory of a caller of Accepting, so that look-ups allocate nothing.
  struct Scratch {
    BitWords layer;
  };

  // The conjunctions that accept the value. Overwrites `words`.
  void Accepting(const ListAnswers& answers, Scratch& scratch, BitWords& words) const;

 private:
  struct Test {
    size_t bit;
    bool is_not_in;
    std::vector<uint32_t> lists;
  };
  struct MaskedWord {
    uint32_t word;
    uint64_t mask;
  };
  // What a list's answer does to a layer: a bit of `in` is set, one of `not_in` is cleared.
  struct Effect {
    std::vector<MaskedWord> in;
    std::vector<MaskedWord> not_in;
  };
  struct Layer {
    std::array<BitWords, 3> defaults;  // by DefaultAnswers: what accepts if no list is found
    std::vector<Effect> effects;       // by list
  };

  void AddTest(size_t bit, bool is_not_in, const PatternSet& set, PatternIndex& index);
  // Whether the test accepts a value for which all its lists answer as by default.
  bool AcceptsByDefault(const Test& test, DefaultAnswers otherwise, const PatternIndex& index) const;
  void Apply(const Layer& layer, const ListAnswers& found, BitWords& words) const;

  size_t bits_;
  Plane plane_;
  std::vector<Test> tests_;
  std::vector<std::vector<uint32_t>> tests_of_bit_;
  std::vector<Layer> layers_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_INDEX_PATTERN_DIMENSION_H_
