#include "policy/matcher/value_lookups.h"

#include <utility>
#include <vector>

namespace idlewarden::policy {
namespace {

EquivalenceClasses ClassesFor(const PolicyIndex& index, PatternDimension ConjunctionIndex::*dimension,
                              const std::vector<bool>* open = nullptr) {
  std::vector<EquivalenceClasses::Dimension> dimensions;
  for (const ConjunctionIndex* plane : index.planes()) dimensions.push_back({&(plane->*dimension), plane->bits()});
  return EquivalenceClasses(dimensions, open);
}

// `find(id)` gives what the lists answer.
template <typename Find>
void AddAll(const std::vector<uint32_t>& ids, const Find& find, EquivalenceClasses& classes) {
  if (!classes.active()) return;
  for (const uint32_t id : ids) {
    if (id != kNoId && !classes.Has(id)) classes.Add(id, find(id));
  }
}

}  // namespace

ValueLookups::ValueLookups(const PolicyIndex& index)
    : index_(index),
      hosts_(index.patterns().clients, nullptr),
      users_(ClassesFor(index, &ConjunctionIndex::users)),
      clients_(ClassesFor(index, &ConjunctionIndex::clients, &hosts_.open())),
      client_types_(ClassesFor(index, &ConjunctionIndex::client_types)),
      transports_(ClassesFor(index, &ConjunctionIndex::transports)) {}

void ValueLookups::SetHosts(const KnownHosts* hosts) {
  HostAnswers answers(index_.patterns().clients, hosts);
  if (answers == hosts_) return;
  hosts_ = std::move(answers);
  clients_ = ClassesFor(index_, &ConjunctionIndex::clients, &hosts_.open());
}

void ValueLookups::Add(const SessionRows& rows, const StringPools& pools) {
  const PatternIndexes& patterns = index_.patterns();
  const auto find_user = [&](uint32_t id) -> ListAnswers& {
    patterns.users.FindUser(pools.users()[id], answers_);
    return answers_;
  };
  const auto find_client = [&](uint32_t id) -> ListAnswers& {
    patterns.clients.FindClient(pools.clients()[id], hosts_, answers_);
    return answers_;
  };
  const auto find_text = [&](uint32_t id) -> ListAnswers& {
    patterns.texts.FindText(pools.texts()[id].folded, answers_);
    return answers_;
  };
  AddAll(rows.user, find_user, users_);
  AddAll(rows.client, find_client, clients_);
  AddAll(rows.client_type, find_text, client_types_);
  AddAll(rows.transport, find_text, transports_);
}

}  // namespace idlewarden::policy
