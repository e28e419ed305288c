// SPDX-License-Identifier: GPL-3.0-or-later
//
// The only file pair that touches the types of Samba's client library: connects to \PIPE\srvsvc of one numeric address
// and port with libdcerpc, and makes raw calls. RpcPipe says how it may be used.
//
// What the library needs to be told or protected from (measured with Samba 4.17): all calls in one thread; a loadparm
// and a credentials context per connection, because connects leak a little on the former; no freeing from within its
// callbacks; a hung connection's socket shut down before it is freed, or the free waits a second; SIGPIPE ignored.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_DCERPC_PIPE_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_DCERPC_PIPE_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "agent/smb_worker/resolver.h"
#include "agent/smb_worker/rpc_pipe.h"
#include "agent/smb_worker/socket_registry.h"
#include "agent/smb_worker/tevent_loop.h"

namespace idlewarden::smb {

// Loop's thread only.
class DcerpcConnector {
 public:
  // Once per process, before all else; ignores SIGPIPE. An error if the library cannot be used.
  static absl::Status InitLibrary();

  DcerpcConnector(TeventLoop* loop, SocketRegistry* sockets);
  ~DcerpcConnector();

  // `target` gives credentials and protection (its password has been read), `address` where to. As
  // PipeConnector::Connect. Connects to the same address and port wait for one another, so that each finds its socket.
  std::unique_ptr<PendingConnect> Connect(const ServerTarget& target, const SocketAddress& address,
                                          PipeConnector::ConnectDone done);

 private:
  class Attempt;
  class Pipe;
  struct Connection;

  TeventLoop* const loop_;
  SocketRegistry* const sockets_;
  // Attempts by "address#port", the first of each under way.
  std::map<std::string, std::deque<Attempt*>> attempts_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_DCERPC_PIPE_H_
