#include "policy/matcher/host_answers.h"

namespace idlewarden::policy {

HostAnswers::HostAnswers(const PatternIndex& clients, const KnownHosts* hosts) {
  std::vector<uint32_t> open(clients.list_count());
  for (uint32_t list = 0; list < open.size(); ++list) open[list] = clients.host_name_count(list);
  static const HostAddresses kNone;
  for (const auto& [name, addresses] : hosts == nullptr ? kNone : hosts->all()) {
    clients.FindLiteral(name, [&](uint32_t list) {
      --open[list];
      for (const IpAddress& address : addresses) by_address_[address].push_back({name, list});
    });
  }
  open_.reserve(open.size());
  for (const uint32_t names : open) open_.push_back(names > 0);
}

const std::vector<HostAnswers::Entry>* HostAnswers::Find(const IpAddress& address) const {
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : &found->second;
}

}  // namespace idlewarden::policy
