#include "agent/settings/settings.h"

namespace idlewarden::agent {

absl::string_view AgentModeName(AgentMode mode) { return mode == AgentMode::kEnforce ? "enforce" : "observe"; }

absl::string_view BackendName(Backend backend) {
  switch (backend) {
    case Backend::kSmb:
      return "smb";
    case Backend::kSimulated:
      return "simulated";
    case Backend::kRecorded:
      return "recorded";
  }
  return "unknown";
}

}  // namespace idlewarden::agent
