#include "policy/evaluator/lookup_cache.h"

#include "policy/model/known_hosts.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

const ValueLookups& LookupCache::For(const CompiledPolicy& policy, absl::Span<const ServerView> servers) {
  const uint64_t pools = servers.empty() ? pools_ : servers.front().pools().serial();
  if (!lookups_.has_value() || policy.serial() != policy_ || pools != pools_) {
    lookups_.emplace(policy.index());
    policy_ = policy.serial();
    pools_ = pools;
    hosts_ = UniqueId::kNone;
  }
  if (!servers.empty()) SetHosts(servers.front().hosts());
  for (const ServerView& server : servers) lookups_->Add(*server.block().rows, server.pools());
  return *lookups_;
}

void LookupCache::SetHosts(const KnownHosts* hosts) {
  const uint64_t serial = hosts == nullptr ? UniqueId::kNone : hosts->serial();
  if (serial == hosts_) return;
  lookups_->SetHosts(hosts);
  hosts_ = serial;
}

}  // namespace idlewarden::policy
