// SHA-256 as hex text.

#ifndef IDLEWARDEN_POLICY_MODEL_DIGEST_H_
#define IDLEWARDEN_POLICY_MODEL_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// 64 lower-case hex digits.
std::string Sha256Hex(absl::string_view data);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_DIGEST_H_
