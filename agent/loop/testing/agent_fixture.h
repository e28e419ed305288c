// The whole agent below the control plane on simulated time: real poller, policy, executor and metrics, with simulated
// servers. For the component tests of the loop and of the control plane.
//
// Threads: the event loop's.

#ifndef IDLEWARDEN_AGENT_LOOP_TESTING_AGENT_FIXTURE_H_
#define IDLEWARDEN_AGENT_LOOP_TESTING_AGENT_FIXTURE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/clock/event_loop.h"
#include "agent/executor/journal/journal.h"
#include "agent/ledger/ledger.h"
#include "agent/log/log.h"
#include "agent/loop/agent_loop.h"
#include "agent/loop/policy_holder.h"
#include "agent/metrics/metrics.h"
#include "agent/servers/simulated/simulated_server.h"

namespace idlewarden::agent {

// Takes everything and keeps nothing.
class NumberingJournal : public Journal {
 public:
  absl::StatusOr<int64_t> WriteIntent(const CloseIntent&) override { return ++last_id_; }
  absl::Status WriteSent(int64_t, const CloseIntent&, SteadyTime) override { return absl::OkStatus(); }
  void WriteOutcome(const CloseOutcome&) override {}

 private:
  int64_t last_id_ = 0;
};

class AgentFixture {
 public:
  explicit AgentFixture(EventLoop& loop);
  ~AgentFixture();

  AgentLoopOptions options;   // enforcing, 30 s to 5 min, fast closes; change before Start
  std::string policy;         // the policy file's text; change it and Reload
  DnsClient* dns = nullptr;   // change before Start
  absl::Status policy_error;  // what reading it answers unless OK

  // Aborts if the policy has errors.
  void Start();
  // Ends the agent, as a killed one ends.
  void Stop() { agent_.reset(); }
  // Starts another on the same ledger; its servers have to be added.
  void Restart();
  SimulatedServer& AddServer(const std::string& name, SimulatedServerOptions server_options = {});

  AgentLoop& agent() { return *agent_; }
  Ledger& ledger() { return ledger_; }
  std::shared_ptr<const AgentView> view() const { return agent_->view(); }
  // Outcomes of a user's pairs, oldest first: "closed returned".
  std::string OutcomesOf(absl::string_view user) const;
  // Decision and reason of the user's first session in the last cycle: "keep/collateral"; "" if it is not there.
  std::string DecisionOf(absl::string_view user) const;
  const ServerStatus& StatusOf(absl::string_view server) const;
  // The value of a series as the exposition spells it, e.g. idlewarden_paused or name{label="value"}; "" if absent.
  std::string Metric(absl::string_view series) const;
  // The log's events of this name since the start.
  std::vector<LogRecord> Events(absl::string_view event) const;

 private:
  EventLoop& loop_;
  std::vector<LogRecord> log_;
  ScopedLogSink sink_;
  AgentMetrics metrics_;
  Ledger ledger_ = *Ledger::OpenInMemory();
  NumberingJournal journal_;
  std::unique_ptr<PolicyHolder> holder_;
  std::unique_ptr<AgentLoop> agent_;
  mutable std::shared_ptr<const AgentView> kept_;  // what StatusOf refers to
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_TESTING_AGENT_FIXTURE_H_
