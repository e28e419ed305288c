// SPDX-License-Identifier: GPL-3.0-or-later
//
// Finds out whether, and at which of a host's addresses, a TCP port accepts connections, and closes again.
//
// Samba's client reports every failed connect as "no memory" and does not go on to the next address; so refused,
// unreachable and silent are told apart here, with the system's own error, and the library gets one address that works.
//
// Loop's thread only.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_TCP_PROBE_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_TCP_PROBE_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/smb_worker/resolver.h"
#include "agent/smb_worker/socket_registry.h"
#include "agent/smb_worker/tevent_loop.h"

namespace idlewarden::smb {

class TcpProbe {
 public:
  using Done = std::function<void(absl::StatusOr<SocketAddress>)>;

  // Tries all `addresses` (at least one) at once. `done` is called once, never within the constructor: with the first
  // that accepted, or with the last error when all have failed. Destroy to give up.
  TcpProbe(TeventLoop* loop, SocketRegistry* sockets, std::vector<SocketAddress> addresses, Done done);
  ~TcpProbe();

  TcpProbe(const TcpProbe&) = delete;
  TcpProbe& operator=(const TcpProbe&) = delete;

 private:
  struct Attempt {
    SocketAddress address;
    int fd = -1;
    TeventLoop::WatchId watch = 0;
    Loop::TimerId timer = 0;
  };

  void Start(size_t index);
  void OnWritable(size_t index);
  void OnError(size_t index, int error_number);
  void Close(Attempt& attempt);
  void Finish(absl::StatusOr<SocketAddress> result);

  TeventLoop* const loop_;
  SocketRegistry* const sockets_;
  std::vector<Attempt> attempts_;
  size_t open_;
  Done done_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_TCP_PROBE_H_
