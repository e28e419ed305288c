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

// What the policy in force says of one pair at this moment.
struct Verdict {
  bool close = false;
  bool present = true;   // false: the pair has no session any more
  std::string why;       // if not: decision, reason and the rule or protection, for people
  std::string rule;      // if so: the rule that matched
  std::string required;  // what that rule asks for: "idle at least 30m"
  std::string policy_hash;
  policy::CloseScope scope = policy::CloseScope::kPair;  // what the close would end there, as known now
};

class DecisionSource {
 public:
  virtual ~DecisionSource() = default;

  // An executor's look: all sessions of one client on one server as they are now. They replace what the last full
  // enumeration said of that client.
  virtual void ApplyRecheck(absl::string_view server, absl::string_view client, const Enumeration& look) = 0;

  // Decides the pair anew, its whole scope with it, on the sessions as last seen, by the policy and the mode in force.
  // Limits are not looked at: they belong to the plan that the pair came from.
  virtual Verdict Reevaluate(absl::string_view server, absl::string_view client, absl::string_view user) = 0;

  // What a rule of the policy in force asks for, in words; empty if there is no such rule.
  virtual std::string RequiredBy(absl::string_view rule) const = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_DECISION_SOURCE_H_
