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
  const absl::StatusOr<sockaddr_un> wanted = AddressOf(path);
  if (!wanted.ok()) return wanted.status();
  const sockaddr_un address = *wanted;

  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return absl::OkStatus();
  if (!S_ISSOCK(info.st_mode)) return absl::AlreadyExistsError(absl::StrCat(path, " is there and is no socket"));

  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("no socket can be made: ", std::strerror(errno)));
  const bool answered = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  const int error = errno;
  close(fd);
  // A full backlog (EAGAIN), or one that may not be opened, still has somebody behind it.
  if (answered || error != ECONNREFUSED) {
    return absl::AlreadyExistsError(absl::StrCat("another agent answers on ", path));
  }
  if (unlink(path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot remove the stale ", path, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

std::string WhyNotReachable(const std::string& path) {
  const absl::StatusOr<sockaddr_un> address = AddressOf(path);
  if (!address.ok()) return std::string(address.status().message());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::strerror(errno);
  const bool answered = connect(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0;
  const int error = errno;
  close(fd);
  return answered ? "" : std::strerror(error);
}

absl::Status CheckCanListen(const std::string& path) {
  const absl::StatusOr<sockaddr_un> address = AddressOf(path);
  if (!address.ok()) return address.status();
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("no socket can be made: ", std::strerror(errno)));
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0;
  const int error = errno;
  close(fd);
  if (bound) {
    unlink(path.c_str());
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat("cannot listen on ", path, ": ", std::strerror(error), RemedyFor(error)));
}

}  // namespace idlewarden::agent
