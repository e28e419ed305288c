// The distinct values of one kind (users, clients or texts), each looked up in the lists of a policy once.
//
// Values for which all lists answer the same are one class. What they accept is found once a class, for each dimension
// that takes such values, so that only the first of a class costs more than its look-up.
//
// Not synchronised; const methods may run at once.

#ifndef IDLEWARDEN_POLICY_MATCHER_EQUIVALENCE_CLASSES_H_
#define IDLEWARDEN_POLICY_MATCHER_EQUIVALENCE_CLASSES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/matcher/bit_set.h"
#include "policy/matcher/delta_coded_sets.h"
#include "policy/matcher/pattern_dimension.h"
#include "policy/matcher/pattern_index.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

class EquivalenceClasses {
 public:
  struct Dimension {
    const PatternDimension* patterns;
    size_t bits;
  };
  // `dimensions`, of all indexes of a policy, must outlive this. `open`: for clients, what HostAnswers says of their
  // lists.
  explicit EquivalenceClasses(const std::vector<Dimension>& dimensions, const std::vector<bool>* open = nullptr);

  // False if no dimension has a condition: then no value need be added.
  bool active() const { return active_; }

  bool Has(uint32_t id) const { return id < class_of_.size() && class_of_[id] != kNotAdded; }
  // Sorts `answers`.
  void Add(uint32_t id, ListAnswers& answers);

  // What values come to in one dimension. Valid until the next Add.
  class Sets {
   public:
    // The conjunctions that accept a value that was added, as the summary of a set; kNoId stands for what was not
    // reported.
    const uint64_t* Accepting(uint32_t id) const { return sets_.Summary(id == kNoId ? kUnknown : class_of_[id]); }
    const DeltaCodedSets& all() const { return sets_; }

   private:
    friend class EquivalenceClasses;
    Sets(const uint32_t* class_of, const DeltaCodedSets& sets) : class_of_(class_of), sets_(sets) {}

    const uint32_t* class_of_;
    const DeltaCodedSets& sets_;
  };
  // The dimension must have conditions.
  Sets sets(size_t dimension) const { return Sets(class_of_.data(), sets_[dimension]); }

 private:
  static constexpr uint32_t kUnknown = 0;  // the first class
  static constexpr uint32_t kNotAdded = 0xffffffff;

  uint32_t ClassWith(const ListAnswers& answers);

  std::vector<Dimension> dimensions_;
  std::vector<BitWords> names_unknown_;  // by dimension: PatternDimension::NamesUnknownDefaults
  bool active_ = false;
  std::vector<uint32_t> class_of_;                                // by id
  absl::flat_hash_map<std::vector<uint32_t>, uint32_t> classes_;  // by what all lists answer
  std::vector<DeltaCodedSets> sets_;                              // by dimension
  // Scratch memory, so that adding allocates little.
  std::vector<uint32_t> key_;
  PatternDimension::Scratch scratch_;
  BitWords words_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_EQUIVALENCE_CLASSES_H_
