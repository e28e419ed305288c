#include "policy/model/known_hosts.h"

#include <algorithm>

#include "policy/model/client_name.h"

namespace idlewarden::policy {

KnownHosts::KnownHosts(const HostAddresses& hosts) {
  for (const auto& [name, addresses] : hosts) {
    std::vector<IpAddress>& known = hosts_[CanonicalHostName(name)];
    known.insert(known.end(), addresses.begin(), addresses.end());
  }
  for (auto& [name, addresses] : hosts_) {
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  }
}

const std::vector<IpAddress>* KnownHosts::Find(const std::string& name) const {
  const auto found = hosts_.find(name);
  return found == hosts_.end() ? nullptr : &found->second;
}

}  // namespace idlewarden::policy
