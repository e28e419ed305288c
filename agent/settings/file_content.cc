#include "agent/settings/file_content.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

constexpr size_t kChunk = 1 << 16;

// Reads until the end or one byte more than `max_bytes`: the size may change, or be unknown, as in /proc.
absl::StatusOr<std::string> ReadUpTo(int file, size_t max_bytes) {
  std::string content;
  while (content.size() <= max_bytes) {
    const size_t before = content.size();
    content.resize(before + std::min(kChunk, max_bytes + 1 - before));
    const ssize_t got = read(file, content.data() + before, content.size() - before);
    if (got < 0 && errno == EINTR) {
      content.resize(before);
      continue;
    }
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot read");
    content.resize(before + static_cast<size_t>(got));
    if (got == 0) break;
  }
  return content;
}

bool HasWildcard(const std::string& pattern) { return pattern.find_first_of("*?[") != std::string::npos; }

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes) {
  // Non-blocking: a named pipe must not hold up the agent.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  const auto closer = absl::MakeCleanup([file] { close(file); });
  struct stat status;
  if (fstat(file, &status) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  if (!S_ISREG(status.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, " is not a regular file"));
  absl::StatusOr<std::string> content = ReadUpTo(file, max_bytes);
  if (!content.ok()) return absl::Status(content.status().code(), absl::StrCat(path, ": ", content.status().message()));
  if (content->size() > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(path, " is larger than ", max_bytes, " bytes"));
  }
  return content;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::string ResolvePath(const std::string& path, const std::string& base_dir) {
  if (path.empty() || path[0] == '/' || base_dir.empty()) return path;
  return absl::StrCat(base_dir, base_dir.back() == '/' ? "" : "/", path);
}

std::vector<std::string> ExpandPattern(const std::string& pattern) {
  glob_t found = {};
  const auto cleanup = absl::MakeCleanup([&found] { globfree(&found); });
  if (glob(pattern.c_str(), 0, nullptr, &found) != 0) return {};
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  // glob sorts by the locale.
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string Fingerprint(const std::vector<std::string>& paths_and_patterns) {
  std::string fingerprint;
  for (const std::string& pattern : paths_and_patterns) {
    const std::vector<std::string> paths =
        HasWildcard(pattern) ? ExpandPattern(pattern) : std::vector<std::string>{pattern};
    for (const std::string& path : paths) {
      struct stat status = {};
      const bool there = stat(path.c_str(), &status) == 0;
      absl::StrAppend(&fingerprint, path, "|", there, "|", status.st_dev, "|", status.st_ino, "|", status.st_size, "|",
                      status.st_mode, "|", status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec, "|",
                      status.st_ctim.tv_sec, ".", status.st_ctim.tv_nsec, "\n");
    }
  }
  return fingerprint;
}

}  // namespace idlewarden::agent
