#include "agent/servers/server_error.h"

#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

// "CAUSE:NUMBER".
constexpr char kPayloadType[] = "idlewarden/server-error";

struct ErrorName {
  uint32_t error;
  const char* name;
};

// MS-ERREF 2.2 and lmerr.h: what session calls are met with.
constexpr ErrorName kNames[] = {
    {0, "NERR_Success"},
    {5, "ERROR_ACCESS_DENIED"},
    {8, "ERROR_NOT_ENOUGH_MEMORY"},
    {50, "ERROR_NOT_SUPPORTED"},
    {53, "ERROR_BAD_NETPATH"},
    {64, "ERROR_NETNAME_DELETED"},
    {67, "ERROR_BAD_NET_NAME"},
    {87, "ERROR_INVALID_PARAMETER"},
    {121, "ERROR_SEM_TIMEOUT"},
    {123, "ERROR_INVALID_NAME"},
    {124, "ERROR_INVALID_LEVEL"},
    {234, "ERROR_MORE_DATA"},
    {1225, "ERROR_CONNECTION_REFUSED"},
    {1231, "ERROR_NETWORK_UNREACHABLE"},
    {1232, "ERROR_HOST_UNREACHABLE"},
    {1326, "ERROR_LOGON_FAILURE"},
    {1331, "ERROR_ACCOUNT_DISABLED"},
    {1702, "RPC_S_INVALID_BINDING"},
    {1717, "RPC_S_UNKNOWN_IF"},
    {1722, "RPC_S_SERVER_UNAVAILABLE"},
    {1723, "RPC_S_SERVER_TOO_BUSY"},
    {1726, "RPC_S_CALL_FAILED"},
    {1727, "RPC_S_CALL_FAILED_DNE"},
    {1745, "RPC_S_PROCNUM_OUT_OF_RANGE"},
    {2102, "NERR_NetNotStarted"},
    {2114, "NERR_ServerNotStarted"},
    {2123, "NERR_BufTooSmall"},
    {2127, "NERR_RemoteErr"},
    {2138, "NERR_WkstaNotStarted"},
    {2142, "NERR_InvalidAPI"},
    {2221, "NERR_UserNotFound"},
    {2312, "NERR_ClientNameNotFound"},
    {2314, "NERR_FileIdNotFound"},
    {2351, "NERR_InvalidComputer"},
};

std::optional<std::pair<std::string, uint32_t>> PayloadOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayloadType);
  if (!payload.has_value()) return std::nullopt;
  const std::string text(*payload);
  const size_t colon = text.rfind(':');
  uint32_t number = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &number)) return std::nullopt;
  return std::make_pair(text.substr(0, colon), number);
}

}  // namespace

absl::Status ServerError(absl::StatusCode code, absl::string_view cause, uint32_t windows_error,
                         absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kPayloadType, absl::Cord(absl::StrCat(cause, ":", windows_error)));
  return status;
}

uint32_t WindowsErrorOf(const absl::Status& status) {
  const auto payload = PayloadOf(status);
  return payload.has_value() ? payload->second : 0;
}

std::string CauseOf(const absl::Status& status) {
  if (status.ok()) return "ok";
  const auto payload = PayloadOf(status);
  return payload.has_value() ? payload->first : "internal";
}

std::string WindowsErrorName(uint32_t error) {
  for (const ErrorName& known : kNames) {
    if (known.error == error) return known.name;
  }
  return absl::StrCat("ERROR_", error);
}

}  // namespace idlewarden::agent
