// Durations as policies and settings write them: one or more of `Nd`, `Nh`, `Nm`, `Ns` in that order, as in `1h30m`.
//
// Zero is refused: in this field it means opposite things ("at once" and "never"). Pure functions.

#ifndef IDLEWARDEN_POLICY_MODEL_DURATION_H_
#define IDLEWARDEN_POLICY_MODEL_DURATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace idlewarden::policy {

// Whole seconds, more than zero and at most 100 years; else InvalidArgument that says what to write.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

// The shortest text that parses to the same: "1h30m". Seconds and up; "0s" for zero.
std::string FormatShortDuration(absl::Duration duration);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_DURATION_H_
