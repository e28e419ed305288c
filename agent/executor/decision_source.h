// DecisionSource: what the executor asks of the agent's loop right before a close, so that the gate itself knows no
// policy.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_DECISION_SOURCE_H_
#define IDLEWARDEN_AGENT_EXECUTOR_DECISION_SOURCE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "agent/servers/session_server.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

// What the active policy says of one pair at this moment.
struct Verdict {
  bool close = false;
  bool present = true;         // false: the pair has no session any more
  bool became_active = false;  // if not to be closed: because of what its sessions, or others of its scope, do now, and
                               // not because policy, mode or an operator changed
  std::string why;             // if not: decision, reason and the rule or protection, for people
  std::string rule;            // if so: the rule that matched
  std::string required;        // what that rule asks for: "idle at least 30m"
  std::string policy_hash;
  policy::CloseScope scope = policy::CloseScope::kPair;  // what the close would end there, as known now
};

// What decides again right before a close. Changes nothing.
class DecisionSource {
 public:
  virtual ~DecisionSource() = default;

  // Decides the pair, its whole scope with it, on the sessions as last seen, by the active policy and mode. Limits are
  // not applied: they belong to the plan that the pair came from.
  virtual Verdict Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) = 0;

  // What a rule of the active policy asks for, in words; empty if there is no such rule.
  virtual std::string RequiredBy(absl::string_view rule) const = 0;
};

// What learns of the sessions that re-checks show.
class SessionUpdates {
 public:
  virtual ~SessionUpdates() = default;

  // All sessions of one client on one server as they are now. They replace what the last full enumeration said of that
  // client.
  virtual void ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& of_client) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_DECISION_SOURCE_H_
