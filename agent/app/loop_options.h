// What the settings make of the agent's loop. Pure functions.

#ifndef IDLEWARDEN_AGENT_APP_LOOP_OPTIONS_H_
#define IDLEWARDEN_AGENT_APP_LOOP_OPTIONS_H_

#include <cstdint>

#include "agent/loop/agent_loop.h"
#include "agent/settings/settings.h"

namespace idlewarden::agent {

// `random_seed`: of the gate's back-off.
AgentLoopOptions LoopOptionsOf(const Settings& settings, uint64_t random_seed);

// Whether anything differs that is only taken over by a restart: all but the servers, the hold file, and a mode that
// becomes observe.
bool NeedsRestart(const Settings& before, const Settings& now);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_LOOP_OPTIONS_H_
