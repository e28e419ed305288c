// Finds the id of an interned value: a hash table that holds hashes and ids only.
//
// Small enough to stay in the processor's cache, so that most look-ups touch one cold place: the value itself, once, to
// make sure. Belongs to the writer of the pools; not synchronised.

#ifndef IDLEWARDEN_POLICY_MODEL_INTERN_TABLE_H_
#define IDLEWARDEN_POLICY_MODEL_INTERN_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace idlewarden::policy {

class InternTable {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  // The id for which `is_equal(id)` is true among those with this hash; kNone if there is none.
  template <typename IsEqual>
  uint32_t Find(uint64_t hash, const IsEqual& is_equal) const {
    const uint32_t tag = Tag(hash);
    for (size_t i = Start(hash);; ++i) {
      const uint32_t slot = slots_[i & mask_];
      if (slot == kNone) return kNone;
      if (((slot ^ tag) & ~mask_) == 0 && is_equal(slot & mask_)) return slot & mask_;
    }
  }

  // The value must not be there yet, and its id greater than all before.
  void Add(uint64_t hash, uint32_t id) {
    while (2 * (size_t{id} + 1) > slots_.size()) Grow();
    Place(hash, id);
    hashes_.push_back({hash, id});
  }

  // Starts loading what Find will read.
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[Start(hash) & mask_]); }

 private:
  static constexpr size_t kFewest = 64;

  struct Entry {
    uint64_t hash;
    uint32_t id;
  };

  static size_t Start(uint64_t hash) { return hash ^ (hash >> 32); }
  static uint32_t Tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  void Place(uint64_t hash, uint32_t id) {
    size_t i = Start(hash);
    while (slots_[i & mask_] != kNone) ++i;
    slots_[i & mask_] = (Tag(hash) & ~mask_) | id;
  }

  void Grow() {
    slots_.assign(2 * slots_.size(), kNone);
    mask_ = static_cast<uint32_t>(slots_.size() - 1);
    for (const Entry& entry : hashes_) Place(entry.hash, entry.id);
  }

  // In the low bits an id, in the high bits what fits of its hash. A power of two, more than twice the greatest id: at
  // most half full, and no id looks like kNone.
  std::vector<uint32_t> slots_ = std::vector<uint32_t>(kFewest, kNone);
  uint32_t mask_ = kFewest - 1;  // of an id, and of a place
  std::vector<Entry> hashes_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_INTERN_TABLE_H_
