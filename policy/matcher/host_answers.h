// What the literal host names of a policy's client lists answer by their known addresses: for the clients that a server
// reports as addresses.
//
// Built once for a policy and the hosts that are known, then const: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MATCHER_HOST_ANSWERS_H_
#define IDLEWARDEN_POLICY_MATCHER_HOST_ANSWERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/matcher/pattern_index.h"
#include "policy/model/ip.h"
#include "policy/model/known_hosts.h"

namespace idlewarden::policy {

class HostAnswers {
 public:
  // A literal name of a list that has an address.
  struct Entry {
    std::string name;
    uint32_t list;

    friend bool operator==(const Entry&, const Entry&) = default;
  };

  // `hosts`: null if none is known.
  HostAnswers(const PatternIndex& clients, const KnownHosts* hosts);

  // By list: whether it has a host name of which nobody knows whether it is that of an address, so that it answers
  // unknown for an address without names.
  const std::vector<bool>& open() const { return open_; }
  // The literal names that are known to have the address; null: none.
  const std::vector<Entry>* Find(const IpAddress& address) const;

  friend bool operator==(const HostAnswers&, const HostAnswers&) = default;

 private:
  std::vector<bool> open_;
  absl::flat_hash_map<IpAddress, std::vector<Entry>> by_address_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_HOST_ANSWERS_H_
