// Tests of policies as values: what sessions stand there at which times, and what the policy is expected to decide.
//
// `idlewarden test` reads them from YAML (scenario_reader.h) and runs them (scenario_runner.h). Plain values.

#ifndef IDLEWARDEN_POLICY_SCENARIO_SCENARIO_H_
#define IDLEWARDEN_POLICY_SCENARIO_SCENARIO_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/model/decision.h"
#include "policy/model/session.h"

namespace idlewarden::policy {

// What is expected of a session. An empty rule or an absent reason is not looked at.
struct Expectation {
  Decision decision = Decision::kKeep;
  std::optional<Reason> reason;
  std::optional<std::string> rule;
};

struct ScenarioSession {
  std::string server;
  Session session;
  std::optional<Expectation> expected;
  int line = 0;  // in the test file, 1-based
};

// One moment: all that is there then. Sessions of earlier steps that are not listed again have ended.
struct ScenarioStep {
  absl::Time at;
  std::map<std::string, ServerSnapshot> servers;  // attributes only, without sessions; others have the defaults
  HostAddresses hosts;
  std::vector<ScenarioSession> sessions;
};

struct ScenarioCase {
  std::string name;
  int line = 0;
  bool observe_only = false;               // the agent's mode
  bool unexpected_closes_allowed = false;  // else a close that no session expects fails the case
  std::vector<ScenarioStep> steps;         // in time order
};

struct ScenarioFile {
  std::string policy;  // path as written, relative to the test file
  std::vector<ScenarioCase> cases;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SCENARIO_SCENARIO_H_
