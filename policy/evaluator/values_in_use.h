// The distinct users, clients and texts that an evaluation needs: of a whole table, or of one server's rows.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_VALUES_IN_USE_H_
#define IDLEWARDEN_POLICY_EVALUATOR_VALUES_IN_USE_H_

#include <cstdint>
#include <vector>

#include "policy/model/session_table.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

struct ValuesInUse {
  const StringPools* pools;
  // Ids, each once, in ascending order.
  std::vector<uint32_t> users, clients, texts;

  static ValuesInUse OfTable(const SessionTable& table);
  static ValuesInUse OfServer(const ServerView& server);
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_VALUES_IN_USE_H_
