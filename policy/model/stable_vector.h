// A growing array whose elements never move: readers of the first n elements need no lock while one writer appends.
//
// Elements live in chunks of doubling size below a fixed directory, so an append touches no memory that a reader of
// earlier elements looks at. Readers must have learned of n after those appends (for instance by getting a copy of the
// owning table through a lock).

#ifndef IDLEWARDEN_POLICY_MODEL_STABLE_VECTOR_H_
#define IDLEWARDEN_POLICY_MODEL_STABLE_VECTOR_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace idlewarden::policy {

template <typename T>
class StableVector {
 public:
  size_t size() const { return size_; }

  const T& operator[](size_t index) const { return chunks_[ChunkOf(index)][OffsetOf(index)]; }

  T& Append(T value) {
    const size_t chunk = ChunkOf(size_);
    if (chunks_[chunk] == nullptr) chunks_[chunk] = std::make_unique<T[]>(kFirstChunk << chunk);
    T& slot = chunks_[chunk][OffsetOf(size_)];
    slot = std::move(value);
    ++size_;
    return slot;
  }

 private:
  static constexpr size_t kFirstChunkBits = 8;
  static constexpr size_t kFirstChunk = size_t{1} << kFirstChunkBits;

  // Chunk k holds the indexes from (2^k - 1) * kFirstChunk on.
  static size_t ChunkOf(size_t index) { return std::bit_width((index >> kFirstChunkBits) + 1) - 1; }
  static size_t OffsetOf(size_t index) { return index - (((size_t{1} << ChunkOf(index)) - 1) << kFirstChunkBits); }

  std::array<std::unique_ptr<T[]>, 32> chunks_;
  size_t size_ = 0;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_STABLE_VECTOR_H_
