// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/smb_error.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace idlewarden::smb {
namespace {

constexpr char kPayload[] = "idlewarden.smb.ErrorInfo";

struct NtName {
  uint32_t value;
  const char* name;
  Cause cause;
};

// Values: MS-ERREF 2.3. What Samba's client gives when: see the folder's tests against real servers.
constexpr NtName kNtNames[] = {
    {0xC0000001, "NT_STATUS_UNSUCCESSFUL", Cause::kProtocol},
    {0xC000000D, "NT_STATUS_INVALID_PARAMETER", Cause::kProtocol},
    {0xC0000011, "NT_STATUS_END_OF_FILE", Cause::kDisconnected},
    // Samba's client says this for every TCP connect that fails.
    {0xC0000017, "NT_STATUS_NO_MEMORY", Cause::kUnreachable},
    {0xC0000022, "NT_STATUS_ACCESS_DENIED", Cause::kAccessDenied},
    {0xC0000023, "NT_STATUS_BUFFER_TOO_SMALL", Cause::kProtocol},
    // The worker resolves names itself: what was not found is the pipe.
    {0xC0000034, "NT_STATUS_OBJECT_NAME_NOT_FOUND", Cause::kProtocol},
    {0xC0000059, "NT_STATUS_REVISION_MISMATCH", Cause::kProtocol},
    {0xC000005E, "NT_STATUS_NO_LOGON_SERVERS", Cause::kAuthFailed},
    {0xC0000064, "NT_STATUS_NO_SUCH_USER", Cause::kAuthFailed},
    {0xC000006A, "NT_STATUS_WRONG_PASSWORD", Cause::kAuthFailed},
    {0xC000006D, "NT_STATUS_LOGON_FAILURE", Cause::kAuthFailed},
    {0xC000006E, "NT_STATUS_ACCOUNT_RESTRICTION", Cause::kAuthFailed},
    {0xC000006F, "NT_STATUS_INVALID_LOGON_HOURS", Cause::kAuthFailed},
    {0xC0000070, "NT_STATUS_INVALID_WORKSTATION", Cause::kAuthFailed},
    {0xC0000071, "NT_STATUS_PASSWORD_EXPIRED", Cause::kAuthFailed},
    {0xC0000072, "NT_STATUS_ACCOUNT_DISABLED", Cause::kAuthFailed},
    {0xC000009A, "NT_STATUS_INSUFFICIENT_RESOURCES", Cause::kServerError},
    {0xC00000B0, "NT_STATUS_PIPE_DISCONNECTED", Cause::kDisconnected},
    {0xC00000B5, "NT_STATUS_IO_TIMEOUT", Cause::kTimeout},
    {0xC00000BB, "NT_STATUS_NOT_SUPPORTED", Cause::kProtocol},
    {0xC00000C3, "NT_STATUS_INVALID_NETWORK_RESPONSE", Cause::kProtocol},
    {0xC00000C9, "NT_STATUS_NETWORK_NAME_DELETED", Cause::kDisconnected},
    {0xC00000CA, "NT_STATUS_NETWORK_ACCESS_DENIED", Cause::kAccessDenied},
    {0xC00000CC, "NT_STATUS_BAD_NETWORK_NAME", Cause::kProtocol},
    {0xC00000D0, "NT_STATUS_REQUEST_NOT_ACCEPTED", Cause::kServerError},
    {0xC0000128, "NT_STATUS_FILE_CLOSED", Cause::kDisconnected},
    {0xC0000133, "NT_STATUS_TIME_DIFFERENCE_AT_DC", Cause::kAuthFailed},
    {0xC000013B, "NT_STATUS_LOCAL_DISCONNECT", Cause::kDisconnected},
    {0xC000013C, "NT_STATUS_REMOTE_DISCONNECT", Cause::kDisconnected},
    {0xC000014B, "NT_STATUS_PIPE_BROKEN", Cause::kDisconnected},
    {0xC000015B, "NT_STATUS_LOGON_TYPE_NOT_GRANTED", Cause::kAuthFailed},
    {0xC0000193, "NT_STATUS_ACCOUNT_EXPIRED", Cause::kAuthFailed},
    {0xC0000203, "NT_STATUS_USER_SESSION_DELETED", Cause::kDisconnected},
    {0xC000020C, "NT_STATUS_CONNECTION_DISCONNECTED", Cause::kDisconnected},
    {0xC000020D, "NT_STATUS_CONNECTION_RESET", Cause::kDisconnected},
    {0xC0000224, "NT_STATUS_PASSWORD_MUST_CHANGE", Cause::kAuthFailed},
    {0xC0000225, "NT_STATUS_NOT_FOUND", Cause::kProtocol},
    {0xC0000234, "NT_STATUS_ACCOUNT_LOCKED_OUT", Cause::kAuthFailed},
    {0xC0000236, "NT_STATUS_CONNECTION_REFUSED", Cause::kRefused},
    {0xC000023C, "NT_STATUS_NETWORK_UNREACHABLE", Cause::kUnreachable},
    {0xC000023D, "NT_STATUS_HOST_UNREACHABLE", Cause::kUnreachable},
    {0xC0000241, "NT_STATUS_CONNECTION_ABORTED", Cause::kDisconnected},
    {0xC000035C, "NT_STATUS_NETWORK_SESSION_EXPIRED", Cause::kDisconnected},
    {0xC000A000, "NT_STATUS_INVALID_SIGNATURE", Cause::kProtocol},
    {0xC0020012, "NT_STATUS_RPC_UNKNOWN_IF", Cause::kProtocol},
    {0xC0020016, "NT_STATUS_RPC_SERVER_TOO_BUSY", Cause::kServerError},
    {0xC002001B, "NT_STATUS_RPC_CALL_FAILED", Cause::kProtocol},
    {0xC002001D, "NT_STATUS_RPC_PROTOCOL_ERROR", Cause::kProtocol},
    {0xC0020026, "NT_STATUS_RPC_UNSUPPORTED_NAME_SYNTAX", Cause::kProtocol},
    {0xC002002E, "NT_STATUS_RPC_PROCNUM_OUT_OF_RANGE", Cause::kProtocol},
    {0xC003000C, "NT_STATUS_RPC_BAD_STUB_DATA", Cause::kProtocol},
};

struct WindowsName {
  uint32_t value;
  const char* name;
};

constexpr WindowsName kWindowsNames[] = {
    {5, "ERROR_ACCESS_DENIED"},      {8, "ERROR_NOT_ENOUGH_MEMORY"},    {50, "ERROR_NOT_SUPPORTED"},
    {87, "ERROR_INVALID_PARAMETER"}, {123, "ERROR_INVALID_NAME"},       {124, "ERROR_INVALID_LEVEL"},
    {234, "ERROR_MORE_DATA"},        {2114, "NERR_ServerNotStarted"},   {2123, "NERR_BufTooSmall"},
    {2221, "NERR_UserNotFound"},     {2312, "NERR_ClientNameNotFound"}, {2351, "NERR_InvalidComputer"},
};

std::string WindowsErrorText(uint32_t number) {
  for (const WindowsName& entry : kWindowsNames) {
    if (entry.value == number) return absl::StrCat(entry.name, " (", number, ")");
  }
  return absl::StrCat("Windows error ", number);
}

absl::StatusCode CodeOf(const ErrorInfo& info) {
  switch (info.cause) {
    case Cause::kAccessDenied:
      return absl::StatusCode::kPermissionDenied;
    case Cause::kAuthFailed:
      return absl::StatusCode::kUnauthenticated;
    case Cause::kRefused:
    case Cause::kUnreachable:
    case Cause::kNameResolution:
    case Cause::kDisconnected:
      return absl::StatusCode::kUnavailable;
    case Cause::kTimeout:
      return absl::StatusCode::kDeadlineExceeded;
    case Cause::kProtocol:
      return absl::StatusCode::kFailedPrecondition;
    case Cause::kServerError:
      break;
    case Cause::kInternal:
      return absl::StatusCode::kInternal;
  }
  switch (info.windows_error) {
    case 2221:
    case 2312:
      return absl::StatusCode::kNotFound;
    case 8:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kUnknown;
  }
}

}  // namespace

absl::string_view CauseName(Cause cause) {
  switch (cause) {
    case Cause::kAccessDenied:
      return "access-denied";
    case Cause::kAuthFailed:
      return "auth-failed";
    case Cause::kRefused:
      return "refused";
    case Cause::kUnreachable:
      return "unreachable";
    case Cause::kTimeout:
      return "timeout";
    case Cause::kNameResolution:
      return "name-resolution";
    case Cause::kProtocol:
      return "protocol";
    case Cause::kDisconnected:
      return "disconnected";
    case Cause::kServerError:
      return "server-error";
    case Cause::kInternal:
      return "internal";
  }
  return "internal";
}

absl::Status SmbError(const ErrorInfo& info, absl::string_view message) {
  absl::Status status(CodeOf(info), message);
  status.SetPayload(
      kPayload, absl::Cord(absl::StrCat(static_cast<int>(info.cause), " ", info.windows_error, " ", info.nt_status)));
  return status;
}

ErrorInfo InfoOf(const absl::Status& status) {
  ErrorInfo info;
  const auto payload = status.GetPayload(kPayload);
  if (!payload) return info;
  const std::string text(*payload);
  const std::vector<std::string> parts = absl::StrSplit(text, ' ');
  int cause = 0;
  if (parts.size() == 3 && absl::SimpleAtoi(parts[0], &cause) && absl::SimpleAtoi(parts[1], &info.windows_error) &&
      absl::SimpleAtoi(parts[2], &info.nt_status)) {
    info.cause = static_cast<Cause>(cause);
  }
  return info;
}

bool IsCause(const absl::Status& status, Cause cause) { return !status.ok() && InfoOf(status).cause == cause; }

absl::Status NtError(uint32_t nt_status, absl::string_view doing) {
  for (const NtName& entry : kNtNames) {
    if (entry.value != nt_status) continue;
    return SmbError({entry.cause, 0, nt_status}, absl::StrFormat("%s: %s (0x%08X)", doing, entry.name, nt_status));
  }
  return SmbError({Cause::kProtocol, 0, nt_status}, absl::StrFormat("%s: NTSTATUS 0x%08X", doing, nt_status));
}

absl::Status WindowsError(uint32_t windows_error, absl::string_view doing) {
  const Cause cause = windows_error == 5 ? Cause::kAccessDenied : Cause::kServerError;
  return SmbError({cause, windows_error, 0}, absl::StrCat(doing, ": ", WindowsErrorText(windows_error)));
}

absl::Status ConnectError(int error_number, absl::string_view address) {
  Cause cause = Cause::kUnreachable;
  if (error_number == ECONNREFUSED) cause = Cause::kRefused;
  if (error_number == ETIMEDOUT) cause = Cause::kTimeout;
  const std::string reason = std::generic_category().message(error_number);
  return SmbError({cause, 0, 0}, absl::StrCat("connecting to ", address, ": ", reason));
}

}  // namespace idlewarden::smb
