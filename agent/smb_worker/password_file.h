// SPDX-License-Identifier: GPL-3.0-or-later
//
// The password of an account, from the file that the settings name: read anew for each logon, so that it may change.
//
// Any thread. Never waits: everybody waits for the loop that calls it.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_PASSWORD_FILE_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_PASSWORD_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace idlewarden::smb {

// The first line of a regular file, without its line end. Errors name the file, never its content.
absl::StatusOr<std::string> ReadPasswordFile(const std::string& path);

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_PASSWORD_FILE_H_
