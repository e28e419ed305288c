// One session as conditions see it: its values, with unknown ones absent, and what surrounds it.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_SESSION_FACTS_H_
#define IDLEWARDEN_POLICY_EVALUATOR_SESSION_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "policy/model/condition.h"
#include "policy/model/known_hosts.h"
#include "policy/model/server_block.h"
#include "policy/model/session_table.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

// Points into the table, which must stay unchanged meanwhile.
struct SessionFacts {
  const ServerBlock* server;
  const KnownHosts* hosts;  // null: none is known
  const UserValue* user;
  const ClientValue* client;
  const TextValue* client_type;  // null: not reported
  const TextValue* transport;    // null: not reported
  std::optional<int64_t> idle;   // seconds
  bool idle_at_least;            // `idle` is only known to be no less
  std::optional<int64_t> age;    // seconds
  std::optional<int64_t> open_files;
  std::optional<bool> guest;
  bool own;
  int64_t server_sessions;
  int64_t user_sessions;  // of this user on this server
  absl::Time at;

  bool user_known() const { return !user->folded.empty(); }
  bool client_known() const { return !client->name.empty(); }
  // Whether the field's number is only known to be no less.
  bool is_lower_bound(Field field) const { return field == Field::kIdle && idle_at_least; }
};

// The number that conditions on `field` are about; nullopt: unknown, or `field` is no number.
std::optional<int64_t> NumberOf(Field field, const SessionFacts& session);

SessionFacts FactsOf(const ServerView& server, size_t row, absl::Time at);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_SESSION_FACTS_H_
