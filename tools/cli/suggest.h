// "Did you mean …?" for mistyped commands and options.

#ifndef IDLEWARDEN_TOOLS_CLI_SUGGEST_H_
#define IDLEWARDEN_TOOLS_CLI_SUGGEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace idlewarden::tools {

// The word of `known` that `typed` was probably meant to be; empty if none is close.
std::string Suggest(absl::string_view typed, const std::vector<std::string>& known);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_SUGGEST_H_
