// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which of the process's sockets belongs to which connection.
//
// Samba's library does not tell the socket of a connection, and without it a connection whose server hangs cannot be
// given up at once: its destructor waits a second for an answer. So the socket is found by its peer, among those that
// no other connection has claimed.
//
// Loop's thread only.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_SOCKET_REGISTRY_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_SOCKET_REGISTRY_H_

#include <set>
#include <string>

#include "agent/smb_worker/resolver.h"

namespace idlewarden::smb {

// A socket with both its ends, by which it is recognised should its number have been given to another one meanwhile.
struct FoundSocket {
  int fd = -1;
  std::string ends;
  std::string local_address;  // numeric

  bool found() const { return fd >= 0; }
};

class SocketRegistry {
 public:
  // The connected TCP socket whose peer is `peer` and that is not claimed; not found if there is none.
  FoundSocket Find(const SocketAddress& peer) const;

  void Claim(int fd) { claimed_.insert(fd); }
  void Release(int fd) { claimed_.erase(fd); }

  // Shuts the socket down if it still is the one that was found: everything that waits on it fails at once.
  static void ShutDown(const FoundSocket& socket);

 private:
  std::set<int> claimed_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_SOCKET_REGISTRY_H_
