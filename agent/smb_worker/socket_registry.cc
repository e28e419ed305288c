// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/socket_registry.h"

#include <dirent.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::smb {
namespace {

using NameFunction = int (*)(int, sockaddr*, socklen_t*);

bool ReadName(NameFunction function, int fd, SocketAddress& address) {
  address.size = sizeof(address.storage);
  return function(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size) == 0 &&
         (address.storage.ss_family == AF_INET || address.storage.ss_family == AF_INET6);
}

std::string EndText(const SocketAddress& address) {
  const uint16_t port = address.storage.ss_family == AF_INET
                            ? reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port
                            : reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port;
  return absl::StrCat(NumericAddress(address.get(), address.size), "#", ntohs(port));
}

// Both ends as text, empty if `fd` is no connected TCP socket.
FoundSocket Describe(int fd, SocketAddress& peer) {
  SocketAddress local;
  if (!ReadName(&getpeername, fd, peer) || !ReadName(&getsockname, fd, local)) return {};
  return {fd, absl::StrCat(EndText(local), " ", EndText(peer)), NumericAddress(local.get(), local.size)};
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

FoundSocket SocketRegistry::Find(const SocketAddress& peer) const {
  const std::string wanted = EndText(peer);
  const std::unique_ptr<DIR, CloseFolder> folder(opendir("/proc/self/fd"));
  if (folder == nullptr) return {};
  while (const dirent* entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    int fd = -1;
    if (!absl::SimpleAtoi(entry->d_name, &fd) || claimed_.count(fd) != 0) continue;
    SocketAddress other;
    FoundSocket socket = Describe(fd, other);
    if (socket.found() && EndText(other) == wanted) return socket;
  }
  return {};
}

void SocketRegistry::ShutDown(const FoundSocket& socket) {
  if (!socket.found()) return;
  SocketAddress peer;
  if (Describe(socket.fd, peer).ends == socket.ends) shutdown(socket.fd, SHUT_RDWR);
}

}  // namespace idlewarden::smb
