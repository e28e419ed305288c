// What one cycle wants to end: the pairs that are to be closed or are held back, as a value with an identity. What
// would be closed in observation stands in the sessions' decisions only: a rule that is tried out on a whole fleet may
// match millions.
//
// The id is a digest of the policy's hash and of each pair that is to be closed or held, with its server, connection,
// scope, rule, decision, reason and number of sessions. Time and idle values are left out on purpose: they change with
// every enumeration, and an operator's approval must stay valid for as long as the plan has the same victims for the
// same reasons, and for not a moment longer. Plain values, no thread rule.

#ifndef IDLEWARDEN_POLICY_MODEL_PLAN_H_
#define IDLEWARDEN_POLICY_MODEL_PLAN_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/model/decision.h"
#include "policy/model/session.h"

namespace idlewarden::policy {

// One (client, user) pair of one server, the unit that NetSessionDel ends; or, where a close ends one transport
// connection, what a pair has on one connection.
struct PlannedPair {
  std::string server;
  std::string client;  // the server's own spelling
  std::string user;
  std::optional<std::string> connection;  // with CloseScope::kConnection only
  CloseScope scope = CloseScope::kPair;
  std::vector<Session> sessions;         // all that the close ends: of the pair, of the client or of the connection
  std::string rule;                      // of the pair's first session
  Decision decision = Decision::kClose;  // kClose or kHeld
  Reason reason = Reason::kMatched;
  std::string approved_plan;  // for kClose: the held plan whose approval released the pair; empty: no limit holds it
};

struct Plan {
  std::string id;             // hex
  std::string policy_hash;    // hex
  std::string snapshot_hash;  // hex; digest of the sessions of `pairs`, with all their values
  absl::Time at;
  std::vector<PlannedPair> pairs;                             // by server, then in row order
  std::array<size_t, kDecisionCount> sessions_by_decision{};  // indexed by Decision; counts sessions of all servers

  size_t SessionCount(Decision decision) const { return sessions_by_decision[static_cast<size_t>(decision)]; }
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_PLAN_H_
