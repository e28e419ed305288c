// Names of rules, protections and lists: they become metric labels and parts of commands.

#ifndef IDLEWARDEN_POLICY_MODEL_NAME_H_
#define IDLEWARDEN_POLICY_MODEL_NAME_H_

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
bool IsValidName(absl::string_view name);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_NAME_H_
