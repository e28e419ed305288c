#include "agent/app/hold_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "agent/settings/one_line.h"

namespace idlewarden::agent {
namespace {

constexpr size_t kLongestReason = 200;

std::string Unreadable(const std::string& path) {
  return absl::StrCat("the hold file ", path, " cannot be read: ", std::strerror(errno));
}

}  // namespace

std::optional<std::string> ReadHoldFile(const std::string& path) {
  // O_NONBLOCK: a FIFO without a writer must not stop the loop.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno == ENOENT ? std::nullopt : std::optional<std::string>(Unreadable(path));
  char buffer[4 * kLongestReason];
  const ssize_t size = read(fd, buffer, sizeof(buffer));
  std::string reason = size < 0 ? Unreadable(path) : OneLine(absl::string_view(buffer, size), kLongestReason);
  close(fd);
  return reason.empty() ? absl::StrCat("the hold file ", path, " exists") : reason;
}

HoldFile::HoldFile(EventLoop& loop, std::string path, Changed changed, absl::Duration interval)
    : loop_(loop), path_(std::move(path)), changed_(std::move(changed)), interval_(interval) {
  Check(/*first=*/true);
}

HoldFile::~HoldFile() { loop_.CancelTimer(timer_); }

void HoldFile::Check(bool first) {
  timer_ = loop_.RunAt(loop_.SteadyNow() + interval_, [this] { Check(/*first=*/false); });
  std::optional<std::string> reason = ReadHoldFile(path_);
  if (!first && reason == reason_) return;
  reason_ = std::move(reason);
  changed_(reason_);
}

}  // namespace idlewarden::agent
