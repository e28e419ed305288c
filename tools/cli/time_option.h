// Options that name a time.

#ifndef IDLEWARDEN_TOOLS_CLI_TIME_OPTION_H_
#define IDLEWARDEN_TOOLS_CLI_TIME_OPTION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace idlewarden::tools {

// nullopt for "". InvalidArgument that says how to write a time.
absl::StatusOr<std::optional<absl::Time>> ParseTimeOption(const std::string& text);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_TIME_OPTION_H_
