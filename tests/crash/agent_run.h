// One run of an agent in a process of its own, with a real ledger and the shared fleet, until its simulated time is
// over or it is killed: at a given step of its closes, or at a given moment, by a timer.
//
// The steps are those of the journal and of the servers, seen from outside: nothing in the agent knows of this.

#ifndef IDLEWARDEN_TESTS_CRASH_AGENT_RUN_H_
#define IDLEWARDEN_TESTS_CRASH_AGENT_RUN_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "tests/crash/fleet.h"

namespace idlewarden::crash {

// Where a process can be killed by number. Each happens many times.
enum class Step : uint8_t {
  kBeforeIntent,
  kAfterIntent,
  kReserved,     // the tokens are reserved, the look before the close begins
  kBeforeSent,   // the look was good, the mark "sent" comes next
  kAfterSent,    // it is on disk, the call comes next
  kCallArrived,  // the server is about to end the sessions
  kCallDone,     // it has ended them, its answer comes next
  kBeforeOutcome,
  kAfterOutcome,
};
inline constexpr int kSteps = 9;

struct RunOptions {
  int number = 0;    // of this run, for the events
  absl::Time start;  // what its clock shows at first
  absl::Duration length = absl::Minutes(4);
  int64_t kill_at_step = 0;   // counted from 1 over all steps; 0: never
  absl::Duration kill_after;  // of real time; zero: never
};

struct RunEnd {
  bool killed = false;
  Step last_step = Step::kBeforeIntent;  // if killed at a step
  int64_t steps = 0;                     // taken in all
  absl::Duration took;                   // of real time
};

// Forks, runs and waits. Fails the test if the process ends in any other way than by its kill or cleanly.
RunEnd RunAgent(Fleet& fleet, const std::string& ledger_path, const RunOptions& options);

}  // namespace idlewarden::crash

#endif  // IDLEWARDEN_TESTS_CRASH_AGENT_RUN_H_
