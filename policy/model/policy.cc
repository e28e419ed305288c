#include "policy/model/policy.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace idlewarden::policy {

bool IsValidName(absl::string_view name) {
  if (name.empty() || name.size() > 63 || name.front() == '-' || name.back() == '-') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

absl::string_view RuleModeName(RuleMode mode) { return mode == RuleMode::kEnforce ? "enforce" : "observe"; }

}  // namespace idlewarden::policy
