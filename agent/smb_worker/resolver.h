// SPDX-License-Identifier: GPL-3.0-or-later
//
// Host names to addresses on threads of its own. Samba would fork a process for it, and a slow name server must not
// hold up the loop.
//
// Each look-up under way has a thread; more than kMostThreads wait. A name is looked up once for all who ask meanwhile,
// and not at all once they have gone: a dead name server leaves no more behind than there are names. A numeric address
// needs no thread. Resolve from the loop's thread; callbacks are posted to the loop.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_RESOLVER_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_RESOLVER_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/smb_worker/loop.h"

namespace idlewarden::smb {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
  std::string text;  // numeric, without port

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// The numeric form of a socket's address, without port; a v4-mapped one as IPv4.
std::string NumericAddress(const sockaddr* address, socklen_t size);

class Resolver {
 public:
  using Done = std::function<void(absl::StatusOr<std::vector<SocketAddress>>)>;

  // Of a name that is not numeric; called on the threads.
  using LookUp = std::function<absl::StatusOr<std::vector<SocketAddress>>(const std::string& host, uint16_t port)>;

  static constexpr int kMostThreads = 32;

  // `loop` must outlive every look-up; threads that hang in the system's resolver are left to themselves.
  explicit Resolver(Loop* loop);
  // With another look-up than the system's.
  Resolver(Loop* loop, LookUp look_up);

  // Addresses in the system's order, at least one; an error has the cause name-resolution. `done` is not
  // called once `alive` has expired.
  void Resolve(const std::string& host, uint16_t port, std::weak_ptr<const void> alive, Done done);

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_RESOLVER_H_
