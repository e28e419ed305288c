// TrackedServer: one server of the inventory with what the loop has learnt of it.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_LOOP_TRACKED_SERVER_H_
#define IDLEWARDEN_AGENT_LOOP_TRACKED_SERVER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/clock/clock.h"
#include "agent/executor/close_history.h"
#include "agent/loop/agent_view.h"
#include "agent/metrics/metrics.h"
#include "agent/poller/poller.h"
#include "agent/servers/idle_trust.h"
#include "agent/servers/inventory.h"
#include "agent/servers/session_server.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

class TrackedServer {
 public:
  explicit TrackedServer(ServerEntry entry);

  SessionServer& server() { return *entry_.server; }
  const ServerStatus& status() const { return status_; }
  // The same for views: one copy for all of them for as long as it does not change. Never null.
  std::shared_ptr<const ServerStatus> shared_status();
  IdleTrust idle_trust() const { return judge_.trust(); }

  // Takes an enumeration over: judges its idle times (clearing those that cannot be believed) and gives the rows as
  // they enter the session table.
  policy::ServerSnapshot IngestEnumeration(Enumeration enumeration, const PollResult& result, const Clock& clock);
  // A failed one. Logs when the server goes down, or fails for another reason than before.
  void IngestFailure(const PollResult& result);
  // The rows of one client from a re-check at `now`, judged likewise. What a close ends there is
  // updated as well, so that a server that turns out to be otherwise than thought is treated so at once.
  std::vector<policy::Session> ApplyRecheck(Enumeration of_client, SteadyTime now);

  // Names the rules that cannot act here because idle times are unknown; logs one line when that changes.
  void SetRulesNeedingIdle(const std::vector<std::string>& rules);

  // How many sessions each protection keeps although nobody can know whether it is for them. Logs when there are
  // others than before. True if anything differs from what was noted before, as below.
  bool SetProtectedUnknown(std::map<std::string, uint64_t> sessions);

  bool UpdateBreaker(const BreakerStatus& breaker);

  const std::map<std::string, std::string>& labels() const { return entry_.labels; }
  ServerMetrics Metrics() const;

 private:
  // For whoever changes it.
  ServerStatus& Change();
  void UpdateCloseScope(const Enumeration& enumeration);

  ServerEntry entry_;
  IdleTrustJudge judge_;
  ServerStatus status_;
  std::shared_ptr<const ServerStatus> shared_;  // a copy; null while there is none of the present one
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_TRACKED_SERVER_H_
