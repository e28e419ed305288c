// CycleSummaries: writes what cycles came to into the ledger: at most one row a minute, and only where plan or counts
// differ from the row before, so that a fleet with many cycles a second leaves a history that can be kept for years.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_LOOP_CYCLE_SUMMARIES_H_
#define IDLEWARDEN_AGENT_LOOP_CYCLE_SUMMARIES_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/ledger/ledger.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

class CycleSummaries {
 public:
  CycleSummaries(Ledger& ledger, std::string agent_name) : ledger_(ledger), agent_name_(std::move(agent_name)) {}

  // An error of the ledger is returned; the next cycle tries again.
  absl::Status OnCycle(const policy::Plan& plan, absl::Time now);

 private:
  static constexpr absl::Duration kApart = absl::Minutes(1);

  Ledger& ledger_;
  const std::string agent_name_;
  absl::Time written_at_ = absl::InfinitePast();
  std::string plan_id_;  // as last written, and the counts
  std::array<size_t, 5> counts_{};
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_CYCLE_SUMMARIES_H_
