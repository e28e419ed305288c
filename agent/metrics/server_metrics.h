// The per-server series, made at each scrape from the last state of each server.
//
// Threads: any.

#ifndef IDLEWARDEN_AGENT_METRICS_SERVER_METRICS_H_
#define IDLEWARDEN_AGENT_METRICS_SERVER_METRICS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace idlewarden::agent {

// One server's state for its gauges.
struct ServerMetrics {
  bool up = false;
  std::optional<absl::Time> last_success;             // none yet: no series
  std::optional<absl::Duration> last_duration;        // of the last enumeration, failed or not
  uint64_t sessions = 0;                              // of the last complete enumeration
  std::string idle_trust;                             // IdleTrustName; empty: not judged yet, all 0
  std::string breaker = "closed";                     // BreakerStateName
  std::map<std::string, uint64_t> protected_unknown;  // sessions by protection
  std::vector<std::string> rules_without_effect;      // those that cannot act because of it
};

class ServerCollector final : public prometheus::Collectable {
 public:
  void Set(const std::string& server, const ServerMetrics& state);
  void Remove(const std::string& server);
  // Ignored for a server that was never set or is removed: an answer may come late.
  void CountError(const std::string& server, const std::string& cause);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Entry {
    ServerMetrics state;
    std::map<std::string, uint64_t> errors;  // by cause
  };

  mutable std::mutex mutex_;
  std::map<std::string, Entry> servers_;  // guarded by mutex_
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_METRICS_SERVER_METRICS_H_
