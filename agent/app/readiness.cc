#include "agent/app/readiness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/overrides/hold.h"

namespace idlewarden::agent {

HealthReport ReadinessOf(const AgentView& view) {
  if (view.stopping) return {.ok = false, .text = "stopping\n"};
  if (const Hold* hold = FindHold(view.overrides.holds, HoldCause::kLedger); hold != nullptr) {
    return {.ok = false, .text = absl::StrCat("the ledger cannot be written: ", hold->reason, "\n")};
  }
  const bool one_up = std::any_of(view.servers.begin(), view.servers.end(), [](const auto& s) { return s->up; });
  if (!one_up && !view.servers.empty()) return {.ok = false, .text = "no server was enumerated yet\n"};
  if (!view.first_round_done && !view.servers.empty()) {
    return {.ok = false, .text = "not every server was tried yet\n"};
  }
  return {};
}

}  // namespace idlewarden::agent
