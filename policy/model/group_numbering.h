// Numbers groups of rows in order of first appearance: the sessions of one client, user or pair of a server.
//
// A hash table of the size of one server, so that it stays in the processor's nearest cache. Writer's scratch memory,
// kept from server to server. Not synchronised.

#ifndef IDLEWARDEN_POLICY_MODEL_GROUP_NUMBERING_H_
#define IDLEWARDEN_POLICY_MODEL_GROUP_NUMBERING_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace idlewarden::policy {

class GroupNumbering {
 public:
  // Forgets all groups; at most `groups` will be numbered.
  void Start(size_t groups) {
    const size_t size = std::bit_ceil(2 * groups + 2);
    if (slots_.size() < size) slots_.resize(size);
    mask_ = size - 1;
    if (++round_ == 0) {  // wrapped: slots of the first rounds could seem to be of this one
      slots_.assign(slots_.size(), Slot());
      round_ = 1;
    }
    count_ = 0;
  }

  // The number of the group with this key: that of before, or the next one.
  uint32_t Number(uint64_t key) {
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

#endif  // IDLEWARDEN_POLICY_MODEL_GROUP_NUMBERING_H_
