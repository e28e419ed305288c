#include "agent/control/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

absl::StatusOr<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": longer than the ", sizeof(address.sun_path) - 1, " bytes of a socket's path"));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// The error with which connect(2) or bind(2) ends on a new socket, 0 if it succeeds. The socket is closed again.
absl::StatusOr<int> Try(int (*call)(int, const sockaddr*, socklen_t), const sockaddr_un& address) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("no socket can be made: ", std::strerror(errno)));
  const int error = call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
  close(fd);
  return error;
}

const char* RemedyFor(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return "; make its folder, or name another socket in listen.control";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; let the agent's account write to its folder, or name another socket in listen.control";
    default:
      return "; name another socket in listen.control";
  }
}

}  // namespace

absl::Status RemoveStaleSocket(const std::string& path) {
  const absl::StatusOr<sockaddr_un> address = AddressOf(path);
  if (!address.ok()) return address.status();

  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return absl::OkStatus();
  if (!S_ISSOCK(info.st_mode)) return absl::AlreadyExistsError(absl::StrCat(path, " is there and is no socket"));

  const absl::StatusOr<int> error = Try(connect, *address);
  if (!error.ok()) return error.status();
  // A full backlog (EAGAIN), or one that may not be opened, still has somebody behind it.
  if (*error != ECONNREFUSED) return absl::AlreadyExistsError(absl::StrCat("another agent answers on ", path));
  if (unlink(path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot remove the stale ", path, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

std::string WhyNotReachable(const std::string& path) {
  const absl::StatusOr<sockaddr_un> address = AddressOf(path);
  if (!address.ok()) return std::string(address.status().message());
  const absl::StatusOr<int> error = Try(connect, *address);
  if (!error.ok()) return std::string(error.status().message());
  return *error == 0 ? "" : std::strerror(*error);
}

absl::Status CheckCanListen(const std::string& path) {
  const absl::StatusOr<sockaddr_un> address = AddressOf(path);
  if (!address.ok()) return address.status();
  const absl::StatusOr<int> error = Try(bind, *address);
  if (!error.ok()) return error.status();
  if (*error == 0) {
    unlink(path.c_str());
    return absl::OkStatus();
  }
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", path, ": ", std::strerror(*error), RemedyFor(*error)));
}

}  // namespace idlewarden::agent
