// Distinct values of one kind, each once, with dense ids in order of appearance.
//
// Made for many look-ups in a row, nearly all of values that are there already. An index keeps hashes and ids only, so
// that it stays in the processor's cache. One writer may intern while others read values that they were given ids of
// before (see stable_vector.h); nothing else is synchronised.

#ifndef IDLEWARDEN_POLICY_MODEL_INTERNED_VALUES_H_
#define IDLEWARDEN_POLICY_MODEL_INTERNED_VALUES_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "policy/model/intern_table.h"
#include "policy/model/stable_vector.h"

namespace idlewarden::policy {

// A Value is made from a Value::Key, has `bool Is(Key)` to tell whether it was made from an equal one, and `form()`,
// the text by which it is compared. Keys are hashable.
template <typename Value>
class InternedValues {
 public:
  using Key = typename Value::Key;

  const StableVector<Value>& values() const { return values_; }

  uint32_t Intern(const Key& key) { return Finish(key, Begin(key)); }

  // ids[i] = Intern(key_of(i)) for all i below `count`, and canonical[i] the first id with the same form. Goes in steps
  // over a few keys at a time: what a step reads is loaded while the step before runs for the other keys.
  template <typename KeyOf>
  void InternAll(size_t count, const KeyOf& key_of, uint32_t* ids, uint32_t* canonical) {
    std::array<Lookup, kBatch> lookups;
    for (size_t begin = 0; begin < count; begin += kBatch) {
      const size_t size = std::min(kBatch, count - begin);
      for (size_t i = 0; i < size; ++i) lookups[i] = Begin(key_of(begin + i));
      for (size_t i = 0; i < size; ++i) Guess(lookups[i]);
      for (size_t i = 0; i < size; ++i) {
        const uint32_t id = Finish(key_of(begin + i), lookups[i]);
        ids[begin + i] = id;
        canonical[begin + i] = canonical_[id];
      }
    }
  }

  // The first id with this form; InternTable::kNone if no value has it.
  uint32_t FindForm(absl::string_view form) const { return FindForm(form, absl::HashOf(form)); }

 private:
  static constexpr size_t kBatch = 32;
  static constexpr size_t kCacheLine = 64;

  struct Lookup {
    uint64_t hash;
    uint32_t guess = InternTable::kNone;  // most likely the id
  };

  Lookup Begin(const Key& key) const {
    const uint64_t hash = absl::HashOf(key);
    index_.Prefetch(hash);
    return {hash};
  }

  void Guess(Lookup& lookup) const {
    lookup.guess = index_.Find(lookup.hash, [](uint32_t) { return true; });
    if (lookup.guess == InternTable::kNone) return;
    const auto* value = reinterpret_cast<const char*>(&values_[lookup.guess]);
    __builtin_prefetch(value);
    __builtin_prefetch(value + kCacheLine);
    __builtin_prefetch(&canonical_[lookup.guess]);
  }

  uint32_t Finish(const Key& key, const Lookup& lookup) {
    if (lookup.guess != InternTable::kNone && values_[lookup.guess].Is(key)) return lookup.guess;
    const uint32_t found = index_.Find(lookup.hash, [&](uint32_t id) { return values_[id].Is(key); });
    return found != InternTable::kNone ? found : Add(key, lookup.hash);
  }

  uint32_t Add(const Key& key, uint64_t hash) {
    const auto id = static_cast<uint32_t>(values_.size());
    const Value& value = values_.Append(Value(key));
    index_.Add(hash, id);
    const uint64_t form_hash = absl::HashOf(value.form());
    const uint32_t first = FindForm(value.form(), form_hash);
    if (first == InternTable::kNone) forms_.Add(form_hash, id);
    canonical_.push_back(first == InternTable::kNone ? id : first);
    return id;
  }

  uint32_t FindForm(absl::string_view form, uint64_t hash) const {
    return forms_.Find(hash, [&](uint32_t id) { return values_[id].form() == form; });
  }

  StableVector<Value> values_;
  InternTable index_;
  InternTable forms_;                // of the first value with each form
  std::vector<uint32_t> canonical_;  // by id: the first one with the same form
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_INTERNED_VALUES_H_
