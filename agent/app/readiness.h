// Whether an agent is ready, as /readyz tells it: it knows its servers, and what it does can be recorded. Pure.

#ifndef IDLEWARDEN_AGENT_APP_READINESS_H_
#define IDLEWARDEN_AGENT_APP_READINESS_H_

#include "agent/http/http_server.h"
#include "agent/loop/agent_view.h"

namespace idlewarden::agent {

// If not, the text says why in a line.
HealthReport ReadinessOf(const AgentView& view);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_READINESS_H_
