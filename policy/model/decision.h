// What the policy decided on a session, and why: the closed sets of words that JSON, metrics, audit and tests share.

#ifndef IDLEWARDEN_POLICY_MODEL_DECISION_H_
#define IDLEWARDEN_POLICY_MODEL_DECISION_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

enum class Decision : uint8_t { kKeep, kPending, kWouldClose, kHeld, kClose };
inline constexpr size_t kDecisionCount = static_cast<size_t>(Decision::kClose) + 1;

// In the order of the decision table; the first line that applies gives the reason.
enum class Reason : uint8_t {
  kAnonymous,
  kSelf,
  kMachineAccount,
  kProtected,
  kProtectedUnknown,
  kNoRule,
  kIncomplete,
  kExempt,
  kCollateral,
  kFor,
  kMatched,
  kLimitServer,
  kLimitRule,
  kLimitCycle,
};

// `rule` indexes CompiledPolicy's rules, or its protections for kProtected and kProtectedUnknown; -1 where no rule or
// protection is named.
struct SessionDecision {
  Decision decision = Decision::kKeep;
  Reason reason = Reason::kNoRule;
  int32_t rule = -1;

  friend bool operator==(const SessionDecision&, const SessionDecision&) = default;
};

// The words of JSON, metrics and audit: "would-close", "limit-server", …
absl::string_view DecisionName(Decision decision);
absl::string_view ReasonName(Reason reason);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_DECISION_H_
