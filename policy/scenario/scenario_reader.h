// Reads the test file of a policy: YAML, as strict as the policy itself.
//
//   version: 1
//   policy: kiosks.yaml                  # relative to this file
//   start: 2026-01-05T12:00:00Z          # time of the steps without `after`; a Monday
//   tests:
//     - name: an idle kiosk is closed
//       steps:
//         - sessions:
//             - {client: 10.20.0.5, user: alice, idle: 20m, expect: {decision: close, rule: kiosks}}
//             - {client: 10.20.0.6, user: bob, idle: 5m, expect: keep}
//
// Further keys, of a test: `start`, `mode` (observe | enforce, the agent's), `unexpected_closes: allow`; of a step:
// `after` (a duration since the start), `servers` ({NAME: {labels, complete, close_scope, domain_separator}}), `hosts`
// ({NAME: [ADDRESS…]}); of a session: `server`, `age`, `idle_bound`, `open_files`, `guest`, `client_type`, `transport`,
// `address`, `names`, `connection`, `own`, `repeat` (N copies, `{n}` in client, user and connection is 1…N). A session
// says only what matters: the server is `server`, the client 192.0.2.1, the user `user`, open_files 0 and guest false
// where nothing else is said; idle and age are unknown. `null` makes a value unknown.

#ifndef IDLEWARDEN_POLICY_SCENARIO_SCENARIO_READER_H_
#define IDLEWARDEN_POLICY_SCENARIO_SCENARIO_READER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/diagnostics/diagnostic.h"
#include "policy/scenario/scenario.h"

namespace idlewarden::policy {

struct ScenarioReadResult {
  ScenarioFile file;
  std::vector<Diagnostic> diagnostics;  // with errors among them, `file` must not be run
};

// A file without tests is an error: a test that tests nothing must not pass.
ScenarioReadResult ReadScenarios(absl::string_view text, const std::string& file_name);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SCENARIO_SCENARIO_READER_H_
