// The sentences of a view that an operator should read: what keeps the agent from doing what its policy says.
//
// Pure function.

#ifndef IDLEWARDEN_AGENT_LOOP_WARNINGS_H_
#define IDLEWARDEN_AGENT_LOOP_WARNINGS_H_

#include <string>
#include <vector>

#include "agent/loop/agent_view.h"

namespace idlewarden::agent {

// Most important first.
std::vector<std::string> WarningsOf(const AgentView& view);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_WARNINGS_H_
