#include "policy/model/rule_mode.h"

namespace idlewarden::policy {

absl::string_view RuleModeName(RuleMode mode) { return mode == RuleMode::kEnforce ? "enforce" : "observe"; }

}  // namespace idlewarden::policy
