// The commands that ask or steer a running agent: status, sessions, decisions, reload, pause, resume, and recording
// from an agent.

#ifndef IDLEWARDEN_TOOLS_CLI_AGENT_COMMANDS_H_
#define IDLEWARDEN_TOOLS_CLI_AGENT_COMMANDS_H_

#include <string>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct AgentOptions {
  std::string agent;  // the address of its control plane
  bool json = false;
  std::string server;  // sessions: of this server only
  bool all = false;    // decisions: those that keep as well
  std::string reason;  // pause
  std::string by;      // pause, resume, reload
};

int RunStatus(const AgentOptions& options, Output& output);
int RunSessions(const AgentOptions& options, Output& output);
int RunDecisions(const AgentOptions& options, Output& output);
// kFailed if the agent did not take the file; it then goes on with the last good policy.
int RunReload(const AgentOptions& options, Output& output);
int RunPause(const AgentOptions& options, Output& output);
int RunResume(const AgentOptions& options, Output& output);
int RunRecordFromAgent(const AgentOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_AGENT_COMMANDS_H_
