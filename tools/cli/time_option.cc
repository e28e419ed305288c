#include "tools/cli/time_option.h"

#include "absl/strings/str_cat.h"

namespace idlewarden::tools {

absl::StatusOr<std::optional<absl::Time>> ParseTimeOption(const std::string& text) {
  if (text.empty()) return std::optional<absl::Time>();
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error) || time == absl::InfinitePast() ||
      time == absl::InfiniteFuture()) {
    if (error.empty()) error = "not a moment";
    return absl::InvalidArgumentError(
        absl::StrCat(text, " is no time (", error, "). Write it as in 2026-11-22T10:00:00Z."));
  }
  return std::optional<absl::Time>(time);
}

}  // namespace idlewarden::tools
