// The value look-ups of one policy and one table, kept from call to call: each looks up only what is new since then.
//
// Starts over with another policy, or when the table has dropped the strings that it no longer uses; so it grows with
// the table's strings at most, some of which may be in use no longer. With other addresses of hosts, clients are looked
// up anew. Policies, tables and hosts are told apart by their serial numbers, not their addresses.
//
// Not synchronised. What For returns may be read by several threads at once until the next call.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_LOOKUP_CACHE_H_
#define IDLEWARDEN_POLICY_EVALUATOR_LOOKUP_CACHE_H_

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/matcher/value_lookups.h"
#include "policy/model/session_table.h"
#include "policy/model/unique_id.h"

namespace idlewarden::policy {

class LookupCache {
 public:
  LookupCache() = default;
  LookupCache(const LookupCache&) = delete;
  LookupCache& operator=(const LookupCache&) = delete;

  // With the values of these servers, which are of one table. Valid until the next call, while the policy lives.
  const ValueLookups& For(const CompiledPolicy& policy, absl::Span<const ServerView> servers);
  const ValueLookups& For(const CompiledPolicy& policy, const ServerView& server) {
    return For(policy, absl::MakeConstSpan(&server, 1));
  }

 private:
  void SetHosts(const KnownHosts* hosts);

  std::optional<ValueLookups> lookups_;
  // Whose they are.
  uint64_t policy_ = UniqueId::kNone;
  uint64_t pools_ = UniqueId::kNone;
  uint64_t hosts_ = UniqueId::kNone;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_LOOKUP_CACHE_H_
