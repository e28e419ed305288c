// One dimension of patterns (users, clients, …) in one plane: which conjunctions accept a value, given the answers of
// the lists for it.
//
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_COMPILER_INDEX_PATTERN_DIMENSION_H_
#define IDLEWARDEN_POLICY_COMPILER_INDEX_PATTERN_DIMENSION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "policy/compiler/index/bit_set.h"
#include "policy/compiler/index/pattern_index.h"
#include "policy/compiler/index/plane.h"
#include "policy/compiler/resolved_policy.h"

namespace idlewarden::policy {

class PatternDimension {
 public:
  PatternDimension(size_t bits, Plane plane) : bits_(bits), plane_(plane), conditions_of_bit_(bits) {}

  // The conjunction `bit` has this condition; it may have several. The lists get numbers in `index`.
  void Add(size_t bit, const PatternCondition& condition, PatternIndex& index);
  // After the last Add.
  void Finish(const PatternIndex& index);

  // False if no conjunction has a condition here: every value then accepts all.
  bool active() const { return !conditions_.empty(); }

  // Scratch memory of a caller of Accepting, so that look-ups allocate nothing.
  struct Scratch {
    std::array<std::vector<Answer>, 3> answers;  // by DefaultAnswers and list; the default ones between calls
    std::vector<bool> seen;                      // by bit
    std::vector<size_t> bits;
  };

  // The conjunctions that accept the value. Overwrites `words`.
  void Accepting(const ListAnswers& answers, Scratch& scratch, BitWords& words) const;

 private:
  struct ListCondition {
    std::optional<std::vector<uint32_t>> in;
    std::optional<std::vector<uint32_t>> not_in;
  };

  // The answers of all lists if none is found, and the conjunctions that accept them.
  struct Default {
    std::vector<Answer> answers;
    BitWords accepting;
  };

  // What an answer of one list changes. Most conjunctions have a single condition that only knows `in` or only
  // `not_in`: for these, whole words are set or cleared.
  struct MaskedWord {
    uint32_t word;
    uint64_t mask;
  };
  struct ListEffect {
    std::vector<MaskedWord> in_only;      // accept where the answer is in the plane
    std::vector<MaskedWord> not_in_only;  // accept where its negation is
    std::vector<uint32_t> others;         // bits to be looked at one by one
  };

  bool Accepts(size_t bit, const std::vector<Answer>& answers) const;
  void FinishDefault(Default& entry) const;
  void FinishEffect(uint32_t list);

  size_t bits_;
  Plane plane_;
  std::vector<ListCondition> conditions_;
  std::vector<std::vector<uint32_t>> conditions_of_bit_;
  std::vector<std::vector<uint32_t>> bits_of_list_;  // ascending once finished
  std::vector<ListEffect> effects_;                  // by list
  std::array<Default, 3> defaults_;                  // by DefaultAnswers
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_INDEX_PATTERN_DIMENSION_H_
