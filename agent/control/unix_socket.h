// The socket file of a server: what one that died has left in the way, and why none can be made.

#ifndef IDLEWARDEN_AGENT_CONTROL_UNIX_SOCKET_H_
#define IDLEWARDEN_AGENT_CONTROL_UNIX_SOCKET_H_

#include <string>

#include "absl/status/status.h"

namespace idlewarden::agent {

// Removes the socket at `path` if nobody answers on it. OK if nothing is there. AlreadyExists if somebody answers, or
// if what is there is no socket; InvalidArgument if the path is too long for one.
absl::Status RemoveStaleSocket(const std::string& path);

// Why nobody can be reached at `path`, in the system's words ("No such file or directory"): gRPC's are for its
// developers. Empty if somebody answers.
std::string WhyNotReachable(const std::string& path);

// Listens on `path` and ends it at once: gRPC does not say why it cannot. The error says why, and what to do.
absl::Status CheckCanListen(const std::string& path);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_CONTROL_UNIX_SOCKET_H_
