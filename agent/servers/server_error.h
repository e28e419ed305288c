// absl::Status with the Windows error number and the cause as payload, so that logs, metrics and records name both:
// "ERROR_ACCESS_DENIED (5)", cause "access-denied".

#ifndef IDLEWARDEN_AGENT_SERVERS_SERVER_ERROR_H_
#define IDLEWARDEN_AGENT_SERVERS_SERVER_ERROR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace idlewarden::agent {

// Windows error numbers that the agent acts on (MS-ERREF 2.2, lmerr.h).
inline constexpr uint32_t kErrorAccessDenied = 5;
inline constexpr uint32_t kErrorNotEnoughMemory = 8;
inline constexpr uint32_t kErrorInvalidParameter = 87;
inline constexpr uint32_t kErrorInvalidLevel = 124;
inline constexpr uint32_t kErrorMoreData = 234;
inline constexpr uint32_t kNerrUserNotFound = 2221;
inline constexpr uint32_t kNerrClientNameNotFound = 2312;

// A status of the server: `windows_error` 0 if there is no number. `cause` is a metric label, one of the list in
// backend.proto's ErrorDetail.
absl::Status ServerError(absl::StatusCode code, absl::string_view cause, uint32_t windows_error,
                         absl::string_view message);

// 0 if the status carries none.
uint32_t WindowsErrorOf(const absl::Status& status);
// "ok" for an OK status, "internal" if it carries no cause.
std::string CauseOf(const absl::Status& status);

// "ERROR_ACCESS_DENIED", "NERR_ClientNameNotFound", …; "ERROR_<number>" for numbers without a known name.
std::string WindowsErrorName(uint32_t error);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_SERVER_ERROR_H_
