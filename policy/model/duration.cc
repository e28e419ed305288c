#include "policy/model/duration.h"

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::policy {
namespace {

struct Unit {
  char letter;
  int64_t seconds;
};
constexpr std::array<Unit, 4> kUnits = {{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr int64_t kMaxSeconds = int64_t{100} * 366 * 86400;

absl::Status BadDuration(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a duration: ", why));
}

constexpr absl::string_view kForm = "write for example 90s, 15m, 1h30m or 7d";

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  int64_t total = 0;
  size_t next_unit = 0;
  size_t i = 0;
  while (i < text.size()) {
    const size_t start = i;
    int64_t number = 0;
    for (; i < text.size() && absl::ascii_isdigit(text[i]); ++i) {
      number = number * 10 + (text[i] - '0');
      if (number > kMaxSeconds) return BadDuration(text, "it is more than 100 years");
    }
    if (i == start) return BadDuration(text, kForm);
    if (i == text.size()) return BadDuration(text, absl::StrCat("the unit is missing; ", kForm));
    while (next_unit < kUnits.size() && kUnits[next_unit].letter != text[i]) ++next_unit;
    if (next_unit == kUnits.size())
      return BadDuration(text, absl::StrCat("units are d, h, m, s in that order; ", kForm));
    total += number * kUnits[next_unit++].seconds;
    if (total > kMaxSeconds) return BadDuration(text, "it is more than 100 years");
    ++i;
  }
  if (text.empty()) return BadDuration(text, kForm);
  if (total == 0) return BadDuration(text, "zero could mean both \"at once\" and \"never\"; write at least 1s");
  return absl::Seconds(total);
}

std::string FormatShortDuration(absl::Duration duration) {
  int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds <= 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    if (seconds >= unit.seconds) absl::StrAppend(&text, seconds / unit.seconds, absl::string_view(&unit.letter, 1));
    seconds %= unit.seconds;
  }
  return text;
}

}  // namespace idlewarden::policy
