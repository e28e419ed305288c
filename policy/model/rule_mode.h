// Whether a rule only shows what it would close, or closes.

#ifndef IDLEWARDEN_POLICY_MODEL_RULE_MODE_H_
#define IDLEWARDEN_POLICY_MODEL_RULE_MODE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

enum class RuleMode : uint8_t { kObserve, kEnforce };

// "observe" or "enforce".
absl::string_view RuleModeName(RuleMode mode);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_RULE_MODE_H_
