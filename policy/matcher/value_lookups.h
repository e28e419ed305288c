// What the users, clients and texts of sessions come to in each plane of a policy, looked up once per distinct value.
//
// May be kept for as long as policy and string pools are the same (lookup_cache.h): later cycles then look up only what
// is new. Clients are looked up anew when other addresses of hosts are known.
//
// Not synchronised; const methods may run at once.

#ifndef IDLEWARDEN_POLICY_MATCHER_VALUE_LOOKUPS_H_
#define IDLEWARDEN_POLICY_MATCHER_VALUE_LOOKUPS_H_

#include "policy/matcher/equivalence_classes.h"
#include "policy/matcher/host_answers.h"
#include "policy/matcher/policy_index.h"
#include "policy/model/known_hosts.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

class ValueLookups {
 public:
  // `index` must outlive this. No addresses of hosts are known.
  explicit ValueLookups(const PolicyIndex& index);

  // From now on clients are looked up with these; null: none is known. Forgets the clients that were looked up before
  // if that makes a difference to any list.
  void SetHosts(const KnownHosts* hosts);

  // Looks up the values of the rows that were not looked up yet. The same pools each time.
  void Add(const SessionRows& rows, const StringPools& pools);

  const PolicyIndex& index() const { return index_; }
  // Their dimensions are numbered by plane, in the order of PolicyIndex::planes().
  const EquivalenceClasses& users() const { return users_; }
  const EquivalenceClasses& clients() const { return clients_; }
  const EquivalenceClasses& client_types() const { return client_types_; }
  const EquivalenceClasses& transports() const { return transports_; }

 private:
  const PolicyIndex& index_;
  HostAnswers hosts_;
  EquivalenceClasses users_, clients_, client_types_, transports_;
  ListAnswers answers_;  // scratch memory
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_VALUE_LOOKUPS_H_
