// Text of unknown origin as one line that is safe to show: in status, a metric's label, the log.
//
// Pure function.

#ifndef IDLEWARDEN_AGENT_SETTINGS_ONE_LINE_H_
#define IDLEWARDEN_AGENT_SETTINGS_ONE_LINE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::agent {

// The first line of `text`, without spaces around it. Control characters and bytes that are no UTF-8 become \xNN; what
// is beyond `longest` bytes is cut off at a character and marked with …. Always valid UTF-8.
std::string OneLine(absl::string_view text, size_t longest);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_ONE_LINE_H_
