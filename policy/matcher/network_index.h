// Finds which of many networks contain an address: one hash look-up for each prefix length in use.
//
// Built once, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_NETWORK_INDEX_H_
#define IDLEWARDEN_POLICY_MATCHER_NETWORK_INDEX_H_

#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {

class NetworkIndex {
 public:
  void Add(const IpNetwork& network, uint32_t tag);

  // Calls found(tag) for each network that contains the address; a tag may come more than once.
  void Find(const IpAddress& address, absl::FunctionRef<void(uint32_t tag)> found) const;

 private:
  using Key = std::pair<uint64_t, uint64_t>;  // an address with its host bits cleared
  using Networks = absl::flat_hash_map<Key, absl::InlinedVector<uint32_t, 2>>;

  static Key KeyOf(const IpAddress& address, int prefix);

  // By family (0: IPv4) and prefix length.
  std::array<std::map<int, Networks>, 2> networks_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_NETWORK_INDEX_H_
