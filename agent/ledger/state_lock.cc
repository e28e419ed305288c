#include "agent/ledger/state_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {

absl::StatusOr<StateLock> StateLock::Take(absl::string_view state_dir) {
  const std::string path = absl::StrCat(state_dir, "/lock");
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::FailedPreconditionError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  StateLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  return absl::AlreadyExistsError(
      absl::StrCat("another agent uses state_dir ", state_dir, "; give each agent one of its own"));
}

StateLock::~StateLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace idlewarden::agent
