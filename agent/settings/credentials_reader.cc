#include "agent/settings/credentials_reader.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "agent/settings/field_reader.h"
#include "agent/settings/file_content.h"

namespace idlewarden::agent {

using policy::Code;
using policy::DiagnosticList;
using policy::MapReader;
using policy::YamlNode;

namespace {

// systemd's LoadCredential= puts files there (systemd.exec(5)); the path differs between starts.
constexpr absl::string_view kServiceCredentials = "${CREDENTIALS_DIRECTORY}/";

std::string PasswordFile(const YamlNode& node, const std::string& what, const std::string& base_dir,
                         DiagnosticList& diagnostics) {
  const std::string name = absl::StrCat("`password_file` of ", what);
  std::optional<std::string> path = ReadLine(node, name, diagnostics);
  if (!path.has_value()) return "";
  if (absl::StartsWith(*path, kServiceCredentials)) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr) {
      diagnostics.Add(Code::kBadValue, node.place,
                      absl::StrCat(name, ": CREDENTIALS_DIRECTORY is not set; it is by systemd's LoadCredential="));
      return "";
    }
    path = absl::StrCat(folder, "/", absl::StripPrefix(*path, kServiceCredentials));
  }
  const std::string resolved = ResolvePath(*path, base_dir);
  const absl::Status usable = CheckSecretFile(resolved);
  if (!usable.ok()) diagnostics.Add(Code::kBadValue, node.place, absl::StrCat(name, ": ", usable.message()));
  return resolved;
}

void RequireOneSecret(const YamlNode& node, const std::string& what, bool allow_password, int given,
                      DiagnosticList& diagnostics) {
  if (given == 1) return;
  diagnostics.Add(given == 0 ? Code::kMissingKey : Code::kBadValue, node.place,
                  absl::StrCat(what, " needs exactly one of ", allow_password ? "`password`, " : "",
                               "`password_file` and `kerberos_cache`"));
}

}  // namespace

absl::Status CheckSecretFile(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at ", path));
  if (!S_ISREG(status.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, " is not a regular file"));
  if ((status.st_mode & 077) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrFormat("%s may be read or written by others (mode %04o): chmod 600 %s",
                                                     path, status.st_mode & 07777, path));
}

Credentials ReadCredentials(const YamlNode& node, const std::string& what, const std::string& base_dir,
                            bool allow_password, DiagnosticList& diagnostics) {
  Credentials credentials;
  const MapReader map(node, what, {"user", "password_file", "kerberos_cache", "password"}, diagnostics);
  if (!map.is_map()) return credentials;
  int given = 0;
  if (const YamlNode* user = map.Require("user")) {
    Assign(ReadLine(*user, absl::StrCat("`user` of ", what), diagnostics), &credentials.user);
  }
  if (const YamlNode* file = map.Find("password_file")) {
    ++given;
    credentials.password_file = PasswordFile(*file, what, base_dir, diagnostics);
  }
  if (const YamlNode* cache = map.Find("kerberos_cache")) {
    ++given;
    Assign(ReadLine(*cache, absl::StrCat("`kerberos_cache` of ", what), diagnostics), &credentials.kerberos_cache);
  }
  if (const YamlNode* password = map.Find("password")) {
    ++given;
    if (allow_password) {
      Assign(policy::ReadText(*password, absl::StrCat("`password` of ", what), diagnostics), &credentials.password);
    } else {
      diagnostics.Add(Code::kBadValue, password->place,
                      absl::StrCat("a password does not belong into the settings: write it to a file of its own (chmod "
                                   "600) and name that file as `password_file` of ",
                                   what));
    }
  }
  RequireOneSecret(node, what, allow_password, given, diagnostics);
  return credentials;
}

}  // namespace idlewarden::agent
