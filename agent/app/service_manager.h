// Tells the service manager (systemd, or whoever sets NOTIFY_SOCKET) how the agent is doing: sd_notify in a few lines.

#ifndef IDLEWARDEN_AGENT_APP_SERVICE_MANAGER_H_
#define IDLEWARDEN_AGENT_APP_SERVICE_MANAGER_H_

#include "absl/strings/string_view.h"

namespace idlewarden::agent {

// `state`: "READY=1", "STOPPING=1", "STATUS=…". Does nothing if nobody asked to be told.
void NotifyServiceManager(absl::string_view state);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_SERVICE_MANAGER_H_
