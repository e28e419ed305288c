// Numbers groups of rows in order of first appearance: the sessions of one client, user or pair of a server.
//
// Writer's scratch memory, kept from server to server. Not synchronised.

#ifndef IDLEWARDEN_POLICY_MODEL_GROUPING_H_
#define IDLEWARDEN_POLICY_MODEL_GROUPING_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace idlewarden::policy {

// Groups by a dense id: one look at an array.
class DenseGrouping {
 public:
  // Forgets all groups; ids will be below `ids`.
  void Start(size_t ids) {
    if (numbers_.size() < ids) numbers_.resize(ids + ids / 2);
    if (++round_ == 0) {  // wrapped: slots of the first rounds could seem to be of this one
      numbers_.assign(numbers_.size(), Slot());
      round_ = 1;
    }
    count_ = 0;
  }

  uint32_t Number(uint32_t id) {
    Slot& slot = numbers_[id];
    if (slot.round != round_) slot = {round_, count_++};
    return slot.number;
  }

  uint32_t count() const { return count_; }

 private:
  struct Slot {
    uint32_t round = 0;
    uint32_t number = 0;
  };
  std::vector<Slot> numbers_;
  uint32_t round_ = 0;
  uint32_t count_ = 0;
};

// Groups by two numbers: a hash table with open addressing.
class PairGrouping {
 public:
  // Forgets all groups; at most `pairs` will be numbered.
  void Start(size_t pairs) {
    const size_t size = std::bit_ceil(2 * pairs + 2);
    if (slots_.size() < size) slots_.resize(size);
    mask_ = size - 1;
    if (++round_ == 0) {  // wrapped: slots of the first rounds could seem to be of this one
      slots_.assign(slots_.size(), Slot());
      round_ = 1;
    }
    count_ = 0;
  }

  uint32_t Number(uint32_t first, uint32_t second) {
    const uint64_t key = uint64_t{first} << 32 | second;
    for (size_t i = Mix(key);; ++i) {
      Slot& slot = slots_[i & mask_];
      if (slot.round != round_) {
        slot = {key, round_, count_};
        return count_++;
      }
      if (slot.key == key) return slot.number;
    }
  }

  uint32_t count() const { return count_; }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t round = 0;
    uint32_t number = 0;
  };

  // All bits of the key reach the low bits, which choose the slot.
  static size_t Mix(uint64_t key) {
    key *= 0x9e3779b97f4a7c15;
    key ^= key >> 32;
    key *= 0xd6e8feb86659fd93;
    return key ^ (key >> 32);
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  uint32_t round_ = 0;
  uint32_t count_ = 0;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_GROUPING_H_
