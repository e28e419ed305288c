// Reads a credentials file of the command-line tools: `user:` and one of `password:`, `password_file:` and
// `kerberos_cache:`, in YAML.
//
// Threads: any.

#ifndef IDLEWARDEN_AGENT_SETTINGS_CREDENTIALS_FILE_H_
#define IDLEWARDEN_AGENT_SETTINGS_CREDENTIALS_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "agent/settings/settings.h"

namespace idlewarden::agent {

// PermissionDenied if group or others may read the file, or a password file it names; InvalidArgument with all
// diagnostics, one a line, if it is malformed. No message ever holds the password.
absl::StatusOr<Credentials> ReadCredentialsFile(const std::string& path);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_CREDENTIALS_FILE_H_
