// AgentMetrics: every metric of the agent. Names, help texts and labels are all in metric_table.cc (docs/metrics.md is
// generated from there); callers only tell what happened.
//
// Per-server gauges are made from the last state of each server at each scrape, so that a removed server leaves no
// series behind and one scrape is consistent. Label pairs are there from the start with 0, so that rate() sees the
// first event.
//
// Threads: all methods from any thread.

#ifndef IDLEWARDEN_AGENT_METRICS_METRICS_H_
#define IDLEWARDEN_AGENT_METRICS_METRICS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/metrics/server_metrics.h"

namespace idlewarden::agent {

// A rule of the policy in force.
struct RuleMetrics {
  std::string name;
  std::string mode;  // "observe", "enforce"
};

class AgentMetrics {
 public:
  explicit AgentMetrics(absl::string_view version);
  AgentMetrics(const AgentMetrics&) = delete;
  AgentMetrics& operator=(const AgentMetrics&) = delete;
  ~AgentMetrics();

  // Servers.
  void SetServer(const std::string& name, const ServerMetrics& state);
  void RemoveServer(const std::string& name);
  // `cause`: "ok", or the cause of the failure (CauseOf).
  void EnumerationDone(const std::string& server, absl::string_view cause, absl::Duration duration);

  // Policy.
  void PolicyLoaded(const std::string& hash, const std::vector<RuleMetrics>& rules, absl::Time at);
  void PolicyReloadDone(bool success);
  void SetMode(absl::string_view mode);  // the agent's ceiling: "observe", "enforce"

  // Cycles. A decision is counted when it changes for a session, not again in each cycle.
  void DecisionsChanged(absl::string_view rule, absl::string_view decision, uint64_t count = 1);
  void CycleDone(absl::Duration duration, uint64_t sessions);

  // Closing. `windows_error` 0: none.
  void CloseDone(absl::string_view rule, absl::string_view outcome, absl::Duration duration);
  void SetCloseQueueLength(uint64_t length);
  void SetPaused(bool paused);
  // What closes nothing at all: cause "paused", "hold-file", …
  void SetHold(absl::string_view cause, bool holds, absl::string_view reason);
  // Pairs of the newest plan that a limit ("limit-server", …) holds back.
  void SetHeldPairs(absl::string_view limit, uint64_t pairs);
  void SetPairsBackedOff(uint64_t pairs);
  void SetClosesWithoutOutcome(uint64_t closes);

  void SetExemptions(uint64_t count);  // in force
  // Those that self-demotion holds to observe.
  void SetDemotedRules(const std::vector<std::string>& rules);

  // Look-ups that have ended so since the start; addresses kept.
  void SetClientLookups(absl::string_view kind, absl::string_view result, uint64_t total);
  void SetClientAddresses(uint64_t count);
  void SetClientQuestionsWaiting(uint64_t count);

  void WorkerRestarted();

  // The text format 0.0.4 of all metrics, process_* included.
  std::string TextFormat() const;

  // The reference page docs/metrics.md.
  static std::string ReferencePage();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_METRICS_METRICS_H_
