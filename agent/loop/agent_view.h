// AgentView: what the agent knows at one moment, for the control plane and for metrics.
//
// A view is never changed once it is published, so any thread may read it, for as long as it likes, while the loop
// works on. Its session table shares the rows with the loop's.

#ifndef IDLEWARDEN_AGENT_LOOP_AGENT_VIEW_H_
#define IDLEWARDEN_AGENT_LOOP_AGENT_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/executor/journal/recent_closes.h"
#include "agent/overrides/held_plan.h"
#include "agent/overrides/overrides.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/plan.h"
#include "policy/model/session_table.h"
#include "policy/planner/planner.h"

namespace idlewarden::agent {

struct PolicyView {
  std::string file;
  absl::Time loaded_at;
  std::string last_reload_error;  // empty if the last reload was taken
  std::shared_ptr<const policy::CompiledPolicy> policy;
};

struct ServerStatus {
  std::string name;
  std::map<std::string, std::string> labels;
  bool tried = false;  // an enumeration has ended
  bool up = false;     // and the last one succeeded
  std::string error;   // of the last one, if it failed
  std::string error_cause;
  std::optional<absl::Time> last_success;
  absl::Duration last_duration;
  size_t sessions = 0;  // of the last one that succeeded
  int level = 0;
  std::string idle_trust;
  std::string idle_explanation;  // why it is none
  policy::CloseScope close_scope = policy::CloseScope::kPair;
  std::vector<std::string> idle_rules_without_effect;
  // How many sessions each protection keeps although nobody can know whether it is for them.
  std::map<std::string, uint64_t> protected_unknown;
  std::string breaker = "closed";  // of closing there: closed, open or half-open
  std::string breaker_why;         // it is not closed
};

// One cycle with all that it stood on.
struct CycleView {
  std::shared_ptr<const policy::CompiledPolicy> policy;
  policy::SessionTable table;
  policy::CycleResult result;
  bool enforcing = false;  // the agent's mode let it close
};

struct AgentView {
  std::string name;
  std::string version;
  absl::Time started_at;
  absl::Time at;  // when this view was made
  bool observe_only = true;
  std::string http_address;
  std::string settings_error;     // what was wrong with settings that were not taken over; empty: nothing
  bool first_round_done = false;  // each server was tried once; no plan is made before
  bool stopping = false;
  PolicyView policy;
  std::shared_ptr<const CycleView> cycle;  // null before the first
  HeldPlan held;                           // what limits hold back of its plan
  OverridesView overrides;
  size_t close_queue_length = 0;
  size_t unresolved_closes = 0;  // sent by an earlier run, and their outcome not known yet
  uint64_t worker_restarts = 0;
  std::vector<std::shared_ptr<const ServerStatus>> servers;  // by name; never null
  std::vector<RecentClose> recent_closes;                    // newest first
  std::vector<std::string> warnings;                         // sentences that an operator should read
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_AGENT_VIEW_H_
