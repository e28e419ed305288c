// What the users, clients and texts of sessions come to in each index of a policy, looked up once per distinct value.
//
// May be kept for as long as policy and string pools are the same (lookup_cache.h): later cycles then look up only what
// is new. Clients are looked up anew when other addresses of hosts are known.
//
// Not synchronised; const methods may run at once.

#ifndef IDLEWARDEN_POLICY_MATCHER_VALUE_LOOKUPS_H_
#define IDLEWARDEN_POLICY_MATCHER_VALUE_LOOKUPS_H_

#include <cstdint>
#include <vector>

#include "policy/matcher/equivalence_classes.h"
#include "policy/matcher/host_answers.h"
#include "policy/matcher/policy_index.h"
#include "policy/model/condition.h"
#include "policy/model/known_hosts.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

// The ids of a text of the sessions.
const std::vector<uint32_t>& TextColumn(Field field, const SessionRows& rows);

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
  // Their dimensions are numbered by index, as PolicyIndex::conjunctions().
  const EquivalenceClasses& classes(Field field) const { return classes_[field]; }

 private:
  EquivalenceClasses ClassesFor(Field field) const;
  // What the lists answer for a value of the field. Valid until the next call.
  ListAnswers& Find(Field field, uint32_t id, const StringPools& pools);

  const PolicyIndex& index_;
  HostAnswers hosts_;
  FieldMap<EquivalenceClasses, IsTextOfSession> classes_;
  ListAnswers answers_;  // scratch memory
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_VALUE_LOOKUPS_H_
