// What must hold of a fleet and a ledger, however often the agent between them was killed.

#ifndef IDLEWARDEN_TESTS_CRASH_PROMISES_H_
#define IDLEWARDEN_TESTS_CRASH_PROMISES_H_

#include <string>

#include "tests/crash/fleet.h"

namespace idlewarden::crash {

// The audit chain verifies. At any time when no agent runs.
void ExpectChainVerifies(const std::string& ledger_path);

// After a last run that was not killed and lasted long enough to look at every server:
//  * no intent is open, and there are as many outcomes as there ever were intents;
//  * every outcome that a journal said it had is in the audit trail, for each pair in the same order;
//  * what the trail calls closed are the sessions that agents ended, pair by pair;
//  * before each close the same agent had looked, after the pair's close before and at most five seconds earlier, and
//    the pair was there; each close found it.
void ExpectPromisesKept(const Fleet& fleet, const std::string& ledger_path);

}  // namespace idlewarden::crash

#endif  // IDLEWARDEN_TESTS_CRASH_PROMISES_H_
