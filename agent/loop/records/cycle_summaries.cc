#include "agent/loop/records/cycle_summaries.h"

#include <algorithm>
#include <set>

#include "agent/ledger/audit_chain.h"
#include "policy/model/decision.h"

namespace idlewarden::agent {
namespace {

bool SameCounts(const CycleRecord& a, const CycleRecord& b) {
  return a.close == b.close && a.would_close == b.would_close && a.held == b.held && a.pending == b.pending &&
         a.keep == b.keep;
}

}  // namespace

absl::Status CycleSummaries::OnCycle(const policy::Plan& plan, SteadyTime now) {
  const CycleRecord row = RowOf(plan);
  Remember(row);
  if (absl::Status status = WriteNamed(now); !status.ok()) return status;
  const absl::Duration since = now - written_at_;
  const auto known = plans_.find(plan.id);
  const bool unwritten = known != plans_.end() && known->second.has_value();
  const bool changed = row.plan_id != last_.plan_id || !SameCounts(row, last_);
  if ((unwritten && since >= kNewPlansApart) || (changed && since >= kApart)) return Write(row, now);
  return absl::OkStatus();
}

CycleRecord CycleSummaries::RowOf(const policy::Plan& plan) const {
  const auto count = [&](policy::Decision decision) { return static_cast<int64_t>(plan.SessionCount(decision)); };
  return {.at = plan.at,
          .agent = agent_name_,
          .plan_id = plan.id,
          .policy_hash = plan.policy_hash,
          .close = count(policy::Decision::kClose),
          .would_close = count(policy::Decision::kWouldClose),
          .held = count(policy::Decision::kHeld),
          .pending = count(policy::Decision::kPending),
          .keep = count(policy::Decision::kKeep)};
}

void CycleSummaries::Remember(const CycleRecord& row) {
  if (row.close + row.held == 0 || !plans_.try_emplace(row.plan_id, row).second) return;
  plan_order_.push_back(row.plan_id);
  if (plan_order_.size() <= kMostPlans) return;
  plans_.erase(plan_order_.front());
  plan_order_.pop_front();
}

absl::Status CycleSummaries::WriteNamed(SteadyTime now) {
  std::set<std::string> named;
  int64_t newest = seen_;
  const absl::Status read =
      ReadPlanIds(ledger_.database(), seen_, kMostRecords, [&](int64_t seq, const std::string& plan_id) {
        newest = std::max(newest, seq);
        named.insert(plan_id);
      });
  if (!read.ok()) return read;
  for (const std::string& plan_id : named) {
    const auto known = plans_.find(plan_id);
    if (known == plans_.end() || !known->second.has_value()) continue;
    if (absl::Status status = Write(CycleRecord(*known->second), now); !status.ok()) return status;
  }
  seen_ = newest;
  return absl::OkStatus();
}

absl::Status CycleSummaries::Write(const CycleRecord& row, SteadyTime now) {
  if (absl::Status status = WriteCycle(ledger_.database(), row); !status.ok()) return status;
  written_at_ = now;
  last_ = row;
  if (const auto known = plans_.find(row.plan_id); known != plans_.end()) known->second.reset();
  return absl::OkStatus();
}

}  // namespace idlewarden::agent
