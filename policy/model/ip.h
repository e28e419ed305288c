// IPv4 and IPv6 addresses and networks as small values.
//
// The two families never match each other; an IPv4-mapped IPv6 address (::ffff:10.0.0.5) is the IPv4 address that it
// maps. Immutable values.

#ifndef IDLEWARDEN_POLICY_MODEL_IP_H_
#define IDLEWARDEN_POLICY_MODEL_IP_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace idlewarden::policy {

struct IpAddress {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes{};  // network order; IPv4 uses the first four

  int bits() const { return is_v6 ? 128 : 32; }
  std::string ToString() const;

  // Plain text form, no brackets, zone or prefix; nullopt if it is not an address.
  static std::optional<IpAddress> Parse(absl::string_view text);

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const IpAddress& address) {
    return H::combine(std::move(hash), address.is_v6, address.bytes);
  }
};

struct IpNetwork {
  IpAddress address;  // host bits are zero
  int prefix = 32;

  bool Contains(const IpAddress& other) const;
  // True if every address of `other` is in this network.
  bool Covers(const IpNetwork& other) const;
  // "10.0.0.0/8"; a single address without a prefix.
  std::string ToString() const;

  // An address or ADDRESS/PREFIX. nullopt inside if the text has neither form (it is then a name); InvalidArgument if
  // it is meant as a network but is none: the prefix is out of range or no number, or host bits are set below it.
  static absl::StatusOr<std::optional<IpNetwork>> Parse(absl::string_view text);

  friend auto operator<=>(const IpNetwork&, const IpNetwork&) = default;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_IP_H_
