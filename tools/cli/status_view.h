// An agent's status as people read it: what it may do, which servers answer, what was closed, what needs attention.

#ifndef IDLEWARDEN_TOOLS_CLI_STATUS_VIEW_H_
#define IDLEWARDEN_TOOLS_CLI_STATUS_VIEW_H_

#include <string>

#include "proto/idlewarden/control/v1/control.pb.h"
#include "tools/cli/terminal.h"

namespace idlewarden::tools {

std::string StatusText(const control::v1::Status& status, const Terminal& terminal);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_STATUS_VIEW_H_
