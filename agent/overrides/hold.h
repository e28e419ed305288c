// Holds: the reasons for which the agent closes nothing at all. While there is one of them the executor is shut, also
// for what is queued; enumerating and deciding go on.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_HOLD_H_
#define IDLEWARDEN_AGENT_OVERRIDES_HOLD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace idlewarden::agent {

enum class HoldCause : uint8_t {
  kPaused,     // an operator said so
  kHoldFile,   // the hold file exists, or cannot be read
  kInhibitor,  // an alert fires, or nobody can tell whether it does
  kLedger,     // what is closed could not be written down
};

// The words of status, metrics and log: "paused", "hold-file", "inhibitor", "ledger".
absl::string_view HoldCauseName(HoldCause cause);
inline constexpr HoldCause kHoldCauses[] = {HoldCause::kPaused, HoldCause::kHoldFile, HoldCause::kInhibitor,
                                            HoldCause::kLedger};

struct Hold {
  HoldCause cause = HoldCause::kPaused;
  std::string reason;  // one line
  std::string by;      // of a pause; empty if nobody said
  absl::Time since;
  bool recorded = true;  // false: of a pause that could not be written to the ledger yet, so a restart would end it
};

class Holds {
 public:
  // One of each cause; another reason replaces the one before it and keeps its time. True if something changed.
  bool Begin(Hold hold);
  bool End(HoldCause cause);
  // Whether the present one of that cause, if there is one, is in the ledger.
  void SetRecorded(HoldCause cause, bool recorded);

  bool any() const { return !holds_.empty(); }
  const std::vector<Hold>& all() const { return holds_; }  // in the order of their causes

 private:
  std::vector<Hold> holds_;
};

// Null if there is none of that cause.
const Hold* FindHold(const std::vector<Hold>& holds, HoldCause cause);

// One sentence for people.
std::string HoldSentence(const Hold& hold);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_HOLD_H_
