// CycleSummaries: writes what cycles came to into the ledger, so that each plan id of the audit trail is found there.
//
// A row is written a minute after the last one if plan or counts differ from it, so that a fleet with many cycles a
// second leaves a history that can be kept for years. A plan that closes or holds something has its row
// with the first cycle a second after the last one already; while plans change faster than that, those have theirs that
// an audit record names, once it does.
//
// Threads: not synchronised; the event loop only. Time is an argument, a steady one.

#ifndef IDLEWARDEN_AGENT_LOOP_RECORDS_CYCLE_SUMMARIES_H_
#define IDLEWARDEN_AGENT_LOOP_RECORDS_CYCLE_SUMMARIES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/ledger/cycle_records.h"
#include "agent/ledger/ledger.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

class CycleSummaries {
 public:
  CycleSummaries(Ledger& ledger, std::string agent_name) : ledger_(ledger), agent_name_(std::move(agent_name)) {}

  // After the cycle's own records. An error of the ledger is returned; the next cycle tries again.
  absl::Status OnCycle(const policy::Plan& plan, SteadyTime now);

 private:
  static constexpr absl::Duration kApart = absl::Minutes(1);
  static constexpr absl::Duration kNewPlansApart = absl::Seconds(1);
  // Plans that are remembered. A close is on record minutes after its plan at the latest.
  static constexpr size_t kMostPlans = 1'000;

  // Of new audit records that are looked at in one cycle: the newest.
  static constexpr int64_t kMostRecords = 2'000;

  CycleRecord RowOf(const policy::Plan& plan) const;
  // Remembers the plan if it closes or holds something and is not known.
  void Remember(const CycleRecord& row);
  // Writes the rows of the remembered plans that audit records name since the last call.
  absl::Status WriteNamed(SteadyTime now);
  absl::Status Write(const CycleRecord& row, SteadyTime now);

  Ledger& ledger_;
  const std::string agent_name_;
  SteadyTime written_at_ = SteadyTime::InfinitePast();
  CycleRecord last_;                                         // as last written
  std::map<std::string, std::optional<CycleRecord>> plans_;  // by id: the row that is not written yet
  std::deque<std::string> plan_order_;                       // their ids, oldest first
  int64_t seen_ = 0;                                         // the last audit record that was looked at
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_RECORDS_CYCLE_SUMMARIES_H_
