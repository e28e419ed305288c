#include "policy/matcher/network_index.h"

namespace idlewarden::policy {
namespace {

uint64_t MaskOf(int bits) { return bits <= 0 ? 0 : bits >= 64 ? ~uint64_t{0} : ~uint64_t{0} << (64 - bits); }

uint64_t Load(const uint8_t* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

NetworkIndex::Key NetworkIndex::KeyOf(const IpAddress& address, int prefix) {
  return {Load(address.bytes.data()) & MaskOf(prefix), Load(address.bytes.data() + 8) & MaskOf(prefix - 64)};
}

void NetworkIndex::Add(const IpNetwork& network, uint32_t tag) {
  networks_[network.address.is_v6][network.prefix][KeyOf(network.address, network.prefix)].push_back(tag);
}

void NetworkIndex::Find(const IpAddress& address, absl::FunctionRef<void(uint32_t)> found) const {
  for (const auto& [prefix, networks] : networks_[address.is_v6]) {
    const auto tags = networks.find(KeyOf(address, prefix));
    if (tags == networks.end()) continue;
    for (const uint32_t tag : tags->second) found(tag);
  }
}

}  // namespace idlewarden::policy
