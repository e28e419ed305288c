#include "agent/servers/backend/find_worker.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace idlewarden::agent {
namespace {

constexpr char kProgram[] = "idlewarden-smb-worker";
constexpr char kInBazelTree[] = "agent/smb_worker/idlewarden-smb-worker";

bool IsProgram(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string Absolute(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) == nullptr ? path : resolved;
}

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// Beside the program; and where a Bazel output or runfiles tree has it, from each folder above.
std::vector<std::string> Beside(const std::string& own_program) {
  std::string folder = Parent(own_program);
  std::vector<std::string> places = {absl::StrCat(folder, "/", kProgram)};
  for (int level = 0; level < 8 && folder != "/" && folder != "."; ++level) {
    places.push_back(absl::StrCat(folder, "/", kInBazelTree));
    folder = Parent(folder);
  }
  return places;
}

std::vector<std::string> InPath() {
  std::vector<std::string> places;
  const char* path = std::getenv("PATH");
  for (absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':', absl::SkipEmpty())) {
    places.push_back(absl::StrCat(folder, "/", kProgram));
  }
  return places;
}

}  // namespace

absl::StatusOr<std::string> FindWorkerBinary(absl::string_view own_program, absl::string_view override_path) {
  if (!override_path.empty()) {
    const std::string path(override_path);
    if (IsProgram(path)) return Absolute(path);
    return absl::NotFoundError(absl::StrCat(path, " is not a program that can be run"));
  }
  // Where the program is started from (a Bazel tree has links there) and where it really lies.
  const std::string self = own_program.empty() ? "/proc/self/exe" : std::string(own_program);
  std::vector<std::string> places;
  if (!own_program.empty() && self.find('/') != std::string::npos) places = Beside(self);
  for (std::string& place : Beside(Absolute(self))) places.push_back(std::move(place));
  for (std::string& place : InPath()) places.push_back(std::move(place));
  for (const std::string& place : places) {
    if (IsProgram(place)) return Absolute(place);
  }
  return absl::NotFoundError(
      absl::StrCat("no ", kProgram, " beside ", Absolute(self), ", in its Bazel tree or in PATH"));
}

}  // namespace idlewarden::agent
