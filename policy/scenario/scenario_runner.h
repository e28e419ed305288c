// Runs the tests of a policy: the same evaluation, planning and history as the agent's, on the time that the test says.
//
// Pure; may run on any thread.

#ifndef IDLEWARDEN_POLICY_SCENARIO_SCENARIO_RUNNER_H_
#define IDLEWARDEN_POLICY_SCENARIO_SCENARIO_RUNNER_H_

#include <string>
#include <vector>

#include "policy/compiler/compiled_policy.h"
#include "policy/scenario/scenario.h"

namespace idlewarden::policy {

// One session that was decided otherwise than expected, or closed though nothing was expected of it.
struct ScenarioFailure {
  size_t step = 0;       // from 0
  int line = 0;          // of the session in the test file
  std::string session;   // "fs01 10.20.0.5 alice"
  std::string expected;  // "close by kiosks (matched)"
  std::string got;
  std::string explanation;  // why: the tree of conditions, several lines
};

struct ScenarioResult {
  std::string name;
  int line = 0;
  std::vector<ScenarioFailure> failures;  // empty: passed

  bool passed() const { return failures.empty(); }
};

ScenarioResult RunScenario(const CompiledPolicy& policy, const ScenarioCase& scenario);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SCENARIO_SCENARIO_RUNNER_H_
