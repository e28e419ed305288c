#include "agent/overrides/hold.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

absl::string_view HeldBy(HoldCause cause) {
  switch (cause) {
    case HoldCause::kPaused:
      return "Paused";
    case HoldCause::kHoldFile:
      return "Held by the hold file";
    case HoldCause::kInhibitor:
      return "Held by an inhibitor";
    case HoldCause::kLedger:
      return "Held because the ledger cannot be written";
  }
  return "Held";
}

}  // namespace

absl::string_view HoldCauseName(HoldCause cause) {
  switch (cause) {
    case HoldCause::kPaused:
      return "paused";
    case HoldCause::kHoldFile:
      return "hold-file";
    case HoldCause::kInhibitor:
      return "inhibitor";
    case HoldCause::kLedger:
      return "ledger";
  }
  return "paused";
}

bool Holds::Begin(Hold hold) {
  auto place = std::find_if(holds_.begin(), holds_.end(), [&](const Hold& held) { return held.cause >= hold.cause; });
  if (place == holds_.end() || place->cause != hold.cause) {
    holds_.insert(place, std::move(hold));
    return true;
  }
  if (place->reason == hold.reason && place->by == hold.by) return false;
  hold.since = place->since;
  *place = std::move(hold);
  return true;
}

bool Holds::End(HoldCause cause) {
  return std::erase_if(holds_, [cause](const Hold& hold) { return hold.cause == cause; }) > 0;
}

void Holds::SetRecorded(HoldCause cause, bool recorded) {
  for (Hold& hold : holds_) {
    if (hold.cause == cause) hold.recorded = recorded;
  }
}

const Hold* FindHold(const std::vector<Hold>& holds, HoldCause cause) {
  const auto found =
      std::find_if(holds.begin(), holds.end(), [cause](const Hold& hold) { return hold.cause == cause; });
  return found == holds.end() ? nullptr : &*found;
}

std::string HoldSentence(const Hold& hold) {
  return absl::StrCat(
      HeldBy(hold.cause), hold.by.empty() ? "" : absl::StrCat(" by ", hold.by), ": nothing is closed",
      hold.reason.empty() ? "" : absl::StrCat(". Reason: ", hold.reason),
      hold.recorded ? "" : ". The ledger could not be written: until it can be, a restart would end this");
}

}  // namespace idlewarden::agent
