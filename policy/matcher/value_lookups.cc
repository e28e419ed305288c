#include "policy/matcher/value_lookups.h"

#include <cstdlib>
#include <utility>

namespace idlewarden::policy {

const std::vector<uint32_t>& TextColumn(Field field, const SessionRows& rows) {
  static_assert(AreAll<IsTextOfSession>({Field::kUsers, Field::kClients, Field::kClientTypes, Field::kTransports}));
  switch (field) {
    case Field::kUsers:
      return rows.user;
    case Field::kClients:
      return rows.client;
    case Field::kClientTypes:
      return rows.client_type;
    case Field::kTransports:
      return rows.transport;
    default:
      break;
  }
  std::abort();
}

ValueLookups::ValueLookups(const PolicyIndex& index)
    : index_(index),
      hosts_(index.patterns().clients, nullptr),
      classes_([this](Field field) { return ClassesFor(field); }) {}

EquivalenceClasses ValueLookups::ClassesFor(Field field) const {
  std::vector<EquivalenceClasses::Dimension> dimensions;
  for (const ConjunctionIndex* conjunctions : index_.conjunctions()) {
    dimensions.push_back({&conjunctions->patterns(field), conjunctions->bits()});
  }
  return EquivalenceClasses(dimensions, field == Field::kClients ? &hosts_.open() : nullptr);
}

void ValueLookups::SetHosts(const KnownHosts* hosts) {
  HostAnswers answers(index_.patterns().clients, hosts);
  if (answers == hosts_) return;
  hosts_ = std::move(answers);
  classes_[Field::kClients] = ClassesFor(Field::kClients);
}

ListAnswers& ValueLookups::Find(Field field, uint32_t id, const StringPools& pools) {
  const PatternIndexes& patterns = index_.patterns();
  if (field == Field::kUsers) {
    patterns.users.FindUser(pools.users()[id], answers_);
  } else if (field == Field::kClients) {
    patterns.clients.FindClient(pools.clients()[id], hosts_, answers_);
  } else {
    patterns.Of(field).FindText(pools.texts()[id].folded, answers_);
  }
  return answers_;
}

void ValueLookups::Add(const SessionRows& rows, const StringPools& pools) {
  for (const Field field : kFieldsThat<IsTextOfSession>) {
    EquivalenceClasses& classes = classes_[field];
    if (!classes.active()) continue;
    for (const uint32_t id : TextColumn(field, rows)) {
      if (id != kNoId && !classes.Has(id)) classes.Add(id, Find(field, id, pools));
    }
  }
}

}  // namespace idlewarden::policy
