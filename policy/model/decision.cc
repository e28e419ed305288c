#include "policy/model/decision.h"

namespace idlewarden::policy {

absl::string_view DecisionName(Decision decision) {
  switch (decision) {
    case Decision::kKeep:
      return "keep";
    case Decision::kPending:
      return "pending";
    case Decision::kWouldClose:
      return "would-close";
    case Decision::kHeld:
      return "held";
    case Decision::kClose:
      return "close";
  }
  return "";
}

absl::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kAnonymous:
      return "anonymous";
    case Reason::kSelf:
      return "self";
    case Reason::kMachineAccount:
      return "machine-account";
    case Reason::kProtected:
      return "protected";
    case Reason::kProtectedUnknown:
      return "protected-unknown";
    case Reason::kNoRule:
      return "no-rule";
    case Reason::kIncomplete:
      return "incomplete";
    case Reason::kExempt:
      return "exempt";
    case Reason::kCollateral:
      return "collateral";
    case Reason::kFor:
      return "for";
    case Reason::kMatched:
      return "matched";
    case Reason::kLimitServer:
      return "limit-server";
    case Reason::kLimitRule:
      return "limit-rule";
    case Reason::kLimitCycle:
      return "limit-cycle";
  }
  return "";
}

}  // namespace idlewarden::policy
