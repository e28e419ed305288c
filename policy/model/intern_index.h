// Finds the id of an interned value: a hash table that holds hashes and ids only.
//
// Small enough to stay in the processor's cache, so that most look-ups touch one cold place: the value itself, once, to
// make sure. Belongs to the writer of the pools; not synchronised.

#ifndef IDLEWARDEN_POLICY_MODEL_INTERN_INDEX_H_
#define IDLEWARDEN_POLICY_MODEL_INTERN_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace idlewarden::policy {

class InternIndex {
 public:
  static constexpr uint32_t kNone = 0xffffffff;

  // The id for which `is_equal(id)` is true among those with this hash; kNone if there is none.
  template <typename IsEqual>
  uint32_t Find(uint64_t hash, const IsEqual& is_equal) const {
    if (slots_.empty()) return kNone;
    for (size_t i = Start(hash);; ++i) {
      const Slot& slot = slots_[i & (slots_.size() - 1)];
      if (slot.id == kNone) return kNone;
      if (slot.tag == Tag(hash) && is_equal(slot.id)) return slot.id;
    }
  }

  // The value must not be there yet.
  void Add(uint64_t hash, uint32_t id) {
    if (4 * (hashes_.size() + 1) > 3 * slots_.size()) Grow();
    Place(hash, id);
    hashes_.push_back({hash, id});
  }

  // Starts loading what Find will read.
  void Prefetch(uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[Start(hash) & (slots_.size() - 1)]);
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t id = kNone;
  };
  struct Entry {
    uint64_t hash;
    uint32_t id;
  };

  static size_t Start(uint64_t hash) { return hash ^ (hash >> 32); }
  static uint32_t Tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  void Place(uint64_t hash, uint32_t id) {
    for (size_t i = Start(hash);; ++i) {
      Slot& slot = slots_[i & (slots_.size() - 1)];
      if (slot.id != kNone) continue;
      slot = {Tag(hash), id};
      return;
    }
  }

  void Grow() {
    slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), Slot());
    for (const Entry& entry : hashes_) Place(entry.hash, entry.id);
  }

  std::vector<Slot> slots_;  // a power of two, at most three quarters full
  std::vector<Entry> hashes_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_INTERN_INDEX_H_
