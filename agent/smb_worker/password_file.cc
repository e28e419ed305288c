// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/password_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/smb_error.h"

namespace idlewarden::smb {
namespace {

constexpr size_t kMostPasswordBytes = 4096;

}  // namespace

absl::StatusOr<std::string> ReadPasswordFile(const std::string& path) {
  // Everybody waits for this thread: a FIFO without a writer must not stop it.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat about;
  char bytes[kMostPasswordBytes];
  const bool regular = fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  const ssize_t size = regular ? read(fd, bytes, sizeof(bytes)) : -1;
  if (fd >= 0) close(fd);
  if (size < 0) {
    return SmbError({Cause::kAuthFailed, 0, 0}, absl::StrCat("the password file ", path, " cannot be read"));
  }
  std::string line(bytes, static_cast<size_t>(size));
  line.resize(std::min(line.find('\n'), line.size()));
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

}  // namespace idlewarden::smb
