// Marks the agent's own sessions in an enumeration, so that the policy never closes them.
//
// The backend says as whom and from which address it is connected. A row is its own if the account is the same
// (ignoring case and domain, which servers spell differently) and the client is that address, or a name that may stand
// for it. If there is no such row, the server sees another address than the backend does (address translation): any
// session of the account may then be the own one, and all are marked. Pure function.

#ifndef IDLEWARDEN_AGENT_SERVERS_OWN_SESSION_H_
#define IDLEWARDEN_AGENT_SERVERS_OWN_SESSION_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

// Nothing is marked if `own_user` is empty. With an unknown (empty) `own_address` any client counts.
void MarkOwnSessions(absl::string_view own_user, absl::string_view own_address, std::vector<policy::Session>* sessions);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_OWN_SESSION_H_
