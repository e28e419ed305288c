// The limits of one cycle: how much may be closed before a person has to look.

#ifndef IDLEWARDEN_POLICY_MODEL_LIMITS_H_
#define IDLEWARDEN_POLICY_MODEL_LIMITS_H_

#include <cstdint>
#include <optional>

namespace idlewarden::policy {

// nullopt: lifted (`unlimited`).
struct Limits {
  std::optional<int64_t> max_closes_per_cycle = 50;
  std::optional<int64_t> max_percent_per_server = 25;

  friend bool operator==(const Limits&, const Limits&) = default;
};

// Servers with fewer sessions are not subject to max_percent_per_server.
inline constexpr int64_t kPercentLimitFromSessions = 20;

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_LIMITS_H_
