// Reads how to log on, from the settings' `credentials` and from the tools' credentials files.
//
// Not synchronised.

#ifndef IDLEWARDEN_AGENT_SETTINGS_CREDENTIALS_READER_H_
#define IDLEWARDEN_AGENT_SETTINGS_CREDENTIALS_READER_H_

#include <string>

#include "absl/status/status.h"
#include "agent/settings/settings.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {

// One entry: `user` and one of `password_file` and `kerberos_cache`; `password` only if `allow_password` says so, else
// it is refused with the reason. Checks the password file. What is wrong is in `diagnostics`, without the secret.
Credentials ReadCredentials(const policy::YamlNode& node, const std::string& what, const std::string& base_dir,
                            bool allow_password, policy::DiagnosticList& diagnostics);

// A regular file that neither group nor others may read or write; else PermissionDenied, or why it cannot be looked at.
absl::Status CheckSecretFile(const std::string& path);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_CREDENTIALS_READER_H_
