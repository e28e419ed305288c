// SPDX-License-Identifier: GPL-3.0-or-later
//
// Failures of the worker as absl::Status with what backend.proto's ErrorDetail wants to know: a cause out of a short
// list, the Windows error number, the NTSTATUS. Made where the failure is seen, read where the RPC ends.
//
// Messages never hold a password. Plain functions, any thread.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_SMB_ERROR_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_SMB_ERROR_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace idlewarden::smb {

enum class Cause {
  kAccessDenied,
  kAuthFailed,
  kRefused,
  kUnreachable,
  kTimeout,
  kNameResolution,
  kProtocol,
  kDisconnected,
  kServerError,
  kInternal,
};

// As in ErrorDetail: "access-denied", …
absl::string_view CauseName(Cause cause);

struct ErrorInfo {
  Cause cause = Cause::kInternal;
  uint32_t windows_error = 0;  // 0: none
  uint32_t nt_status = 0;      // 0: none
};

// The status code follows from the cause.
absl::Status SmbError(const ErrorInfo& info, absl::string_view message);
// kInternal for a status that was not made here.
ErrorInfo InfoOf(const absl::Status& status);
bool IsCause(const absl::Status& status, Cause cause);

// "Samba's name (0xC000006D)" for an NTSTATUS of the transport, its cause, and what was being done.
absl::Status NtError(uint32_t nt_status, absl::string_view doing);
// For a number that a call returned: 5 is access-denied, the others server-error.
absl::Status WindowsError(uint32_t windows_error, absl::string_view doing);
// For connect(2): ECONNREFUSED is refused, ETIMEDOUT timeout, the others unreachable.
absl::Status ConnectError(int error_number, absl::string_view address);

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_SMB_ERROR_H_
