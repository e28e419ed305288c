// Whole small files and the sign that one has changed: what the readers of settings, policies and lists share.
//
// Threads: any.

#ifndef IDLEWARDEN_AGENT_SETTINGS_FILE_CONTENT_H_
#define IDLEWARDEN_AGENT_SETTINGS_FILE_CONTENT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace idlewarden::agent {

inline constexpr size_t kMaxConfigBytes = 16 << 20;

// NotFound, PermissionDenied, InvalidArgument for what is no regular file, ResourceExhausted for what is longer than
// `max_bytes`.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes = kMaxConfigBytes);

// `path` itself if it is absolute, else below `base_dir`.
std::string ResolvePath(const std::string& path, const std::string& base_dir);
// The folder of a file; "." if the path names none.
std::string FolderOf(const std::string& path);

// The files that a pattern (glob(7)) names, in order of name.
std::vector<std::string> ExpandPattern(const std::string& pattern);

// A text that differs whenever one of the files was changed, replaced, made or removed: cheap enough to ask for every
// second. Patterns are expanded. Follows symbolic links, so that a swapped link counts as well.
std::string Fingerprint(const std::vector<std::string>& paths_and_patterns);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_FILE_CONTENT_H_
