// A number that no other object of the process has or had: tells apart what lies at the same address one after another.
//
// As a member it keeps its owner from being copied and moved, so that one number always stands for one content. From
// any thread.

#ifndef IDLEWARDEN_POLICY_MODEL_UNIQUE_ID_H_
#define IDLEWARDEN_POLICY_MODEL_UNIQUE_ID_H_

#include <atomic>
#include <cstdint>

namespace idlewarden::policy {

class UniqueId {
 public:
  static constexpr uint64_t kNone = 0;  // of no object

  UniqueId() : number_(1 + count_.fetch_add(1, std::memory_order_relaxed)) {}
  UniqueId(const UniqueId&) = delete;
  UniqueId& operator=(const UniqueId&) = delete;

  uint64_t number() const { return number_; }

 private:
  static inline std::atomic<uint64_t> count_ = 0;

  const uint64_t number_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_UNIQUE_ID_H_
