// Evaluates sessions of one table in one plane: looks up each distinct value once, then ANDs its sets for each session.
//
// Const after construction: servers may be evaluated on several threads at once.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_PLANE_EVALUATOR_H_
#define IDLEWARDEN_POLICY_EVALUATOR_PLANE_EVALUATOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "policy/compiler/index/bit_set.h"
#include "policy/compiler/index/plane_index.h"
#include "policy/evaluator/values_in_use.h"
#include "policy/model/server_block.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

class PlaneEvaluator {
 public:
  // Looks up the values of `values` and nothing else. `index`, `patterns` and the table's pools must outlive this.
  PlaneEvaluator(const PlaneIndex& index, const PatternIndexes& patterns, const ValuesInUse& values, absl::Time at);

  // Prepares what is common to the sessions of a server. Valid while evaluator and server are.
  class Server;

  bool empty() const { return index_.bits() == 0; }

 private:
  // The sets of one dimension of patterns, by the ids of its values.
  struct Lookup {
    explicit Lookup(size_t bits) : sets(bits) {}
    bool active = false;
    std::vector<uint32_t> set_of;  // by id
    uint32_t unknown = 0;          // for values that were not reported
    BitSets sets;

    const uint64_t* Set(uint32_t id) const { return sets.Summary(id == kNoId ? unknown : set_of[id]); }
  };

  void LookUpTexts(const PatternDimension& dimension, const PatternIndex& patterns, const ValuesInUse& values,
                   Lookup& lookup) const;

  const PlaneIndex& index_;
  const PatternIndexes& patterns_;
  BitWords at_;  // the conjunctions that accept the time
  Lookup users_, clients_, client_types_, transports_;
  BitSets guests_;
  std::array<uint32_t, 4> guest_sets_{};
};

class PlaneEvaluator::Server {
 public:
  Server(const PlaneEvaluator& plane, const ServerBlock& server);

  // The first rule or protection that accepts the session; -1 if none does.
  int32_t FirstMatch(size_t row) const;
  // Starts loading what FirstMatch(row) will read. Any row is fine.
  void Prefetch(size_t row) const;

 private:
  static constexpr size_t kMaxDimensions = 10;

  int32_t FirstInAll(const uint64_t* const* sets, size_t count) const;

  const PlaneEvaluator& plane_;
  const PlaneIndex& index_;
  const SessionRows& rows_;
  std::vector<uint64_t> common_;  // summary and words of what server and time accept
  bool nothing_ = false;          // … which is nothing
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_PLANE_EVALUATOR_H_
