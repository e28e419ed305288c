// What the gate is answered right before a close: a server's rows with one client's enumerated again, and what the
// decisions on them say of one pair. Pure functions.

#ifndef IDLEWARDEN_AGENT_LOOP_PAIR_VERDICT_H_
#define IDLEWARDEN_AGENT_LOOP_PAIR_VERDICT_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "agent/executor/decision_source.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/decision.h"
#include "policy/model/session.h"
#include "policy/model/session_table.h"

namespace idlewarden::agent {

// The server's rows, with those of the client (in whatever spelling) replaced by `of_client`.
policy::ServerSnapshot WithRecheck(const policy::ServerView& server, absl::string_view client, policy::CloseScope scope,
                                   std::vector<policy::Session> of_client);

// The pair is to be closed if all of its sessions are. `decisions`: before limits, by row.
Verdict VerdictOn(const policy::CompiledPolicy& policy, const policy::ServerView& server,
                  const std::vector<policy::SessionDecision>& decisions, absl::string_view client,
                  absl::string_view user);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_PAIR_VERDICT_H_
