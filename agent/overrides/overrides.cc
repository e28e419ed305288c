#include "agent/overrides/overrides.h"

#include <optional>
#include <utility>

#include "agent/ledger/pause_record.h"
#include "agent/log/log.h"
#include "policy/compiler/host_names.h"
#include "policy/model/decision.h"

namespace idlewarden::agent {

Overrides::Overrides(EventLoop& loop, std::string agent_name, const SelfDemotionOptions& demotion, Ledger& ledger,
                     AgentMetrics& metrics, Hooks hooks)
    : loop_(loop),
      agent_name_(std::move(agent_name)),
      ledger_(ledger),
      metrics_(metrics),
      hooks_(std::move(hooks)),
      backlog_(loop),
      approvals_(ledger, agent_name_),
      exemptions_(ledger, agent_name_),
      demotion_(demotion, ledger, backlog_, agent_name_) {}

Overrides::~Overrides() { loop_.CancelTimer(expiry_timer_); }

absl::Status Overrides::Restore() {
  if (absl::Status status = exemptions_.Restore(loop_.Now()); !status.ok()) return status;
  if (absl::Status status = demotion_.Restore(); !status.ok()) return status;
  absl::StatusOr<std::optional<PauseRecord>> pause = ReadPause(ledger_.database());
  if (!pause.ok()) return pause.status();
  if (pause->has_value()) {
    const PauseRecord& known = **pause;
    holds_.Begin({.cause = HoldCause::kPaused, .reason = known.reason, .by = known.by, .since = known.since});
    Log(LogLevel::kWarning, "paused",
        {{"reason", known.reason}, {"by", known.by}, {"since", known.since}, {"from", "an earlier run"}});
  }
  ApplyExemptions();
  ApplyDemotions();
  ApplyHolds();
  return absl::OkStatus();
}

absl::Status Overrides::Pause(const OperatorNote& note) {
  if (absl::Status status = CheckTexts(note); !status.ok()) return status;
  BeginHold(HoldCause::kPaused, note.reason, note.by);
  const PauseRecord pause{.since = loop_.Now(), .by = note.by, .reason = note.reason};
  const absl::Status written =
      backlog_.Write({.what = "pause",
                      .write = [this, pause] { return WritePause(ledger_.database(), agent_name_, pause); },
                      .written_late = [this] { NotePauseRecorded(true); }});
  if (!written.ok()) {
    Log(LogLevel::kError, "pause-not-recorded",
        {{"error", written}, {"effect", "until it is recorded, it would end with the agent"}});
    NotePauseRecorded(false);
  }
  return absl::OkStatus();
}

absl::Status Overrides::Resume(const OperatorNote& note) {
  if (absl::Status status = CheckTexts(note); !status.ok()) return status;
  if (FindHold(holds_.all(), HoldCause::kPaused) == nullptr) return absl::OkStatus();
  EndHold(HoldCause::kPaused);
  const absl::Status written = backlog_.Write({.what = "resume", .write = [this, at = loop_.Now(), by = note.by] {
                                                 return EndPause(ledger_.database(), agent_name_, at, by);
                                               }});
  if (!written.ok()) {
    Log(LogLevel::kError, "resume-not-recorded",
        {{"error", written}, {"effect", "until it is recorded, a restarted agent is paused"}});
  }
  return absl::OkStatus();
}

void Overrides::NotePauseRecorded(bool recorded) {
  holds_.SetRecorded(HoldCause::kPaused, recorded);
  hooks_.publish();
}

void Overrides::BeginHold(HoldCause cause, std::string reason, std::string by) {
  if (!holds_.Begin({.cause = cause, .reason = reason, .by = by, .since = loop_.Now()})) return;
  if (cause == HoldCause::kPaused) {
    Log(LogLevel::kWarning, "paused", {{"reason", reason}, {"by", by}});
  } else {
    Log(LogLevel::kWarning, "hold-begins", {{"cause", HoldCauseName(cause)}, {"reason", reason}});
  }
  ApplyHolds();
}

void Overrides::EndHold(HoldCause cause) {
  const Hold* present = FindHold(holds_.all(), cause);
  if (present == nullptr) return;
  // What waits for the ledger comes before the records of what now goes on.
  if (cause == HoldCause::kLedger) backlog_.WriteWaiting().IgnoreError();
  if (cause == HoldCause::kPaused) {
    Log(LogLevel::kInfo, "resumed", {{"reason_was", present->reason}});
  } else {
    Log(LogLevel::kInfo, "hold-ends", {{"cause", HoldCauseName(cause)}, {"reason_was", present->reason}});
  }
  holds_.End(cause);
  ApplyHolds();
}

void Overrides::ApplyHolds() {
  for (const HoldCause cause : kHoldCauses) {
    const Hold* hold = FindHold(holds_.all(), cause);
    metrics_.SetHold(HoldCauseName(cause), hold != nullptr, hold == nullptr ? "" : hold->reason);
  }
  metrics_.SetPaused(FindHold(holds_.all(), HoldCause::kPaused) != nullptr);
  hooks_.hold(holds_.any());
  holds_.any() ? hooks_.publish() : hooks_.decide();
}

absl::Status Overrides::Approve(absl::string_view plan_id, const OperatorNote& note) {
  absl::Status status = approvals_.Approve(plan_.get(), plan_id, policy_->hash(), note, loop_.Now());
  if (status.ok()) hooks_.decide();
  return status;
}

absl::StatusOr<Exemption> Overrides::AddExemption(Exemption exemption) {
  absl::StatusOr<Exemption> added = exemptions_.Add(std::move(exemption), loop_.Now());
  if (!added.ok()) return added;
  ApplyExemptions();
  hooks_.decide();
  return added;
}

absl::StatusOr<Exemption> Overrides::RemoveExemption(int64_t id, const OperatorNote& note) {
  absl::StatusOr<Exemption> removed = exemptions_.Remove(id, note, loop_.Now());
  if (!removed.ok()) return removed;
  ApplyExemptions();
  hooks_.decide();
  return removed;
}

void Overrides::ApplyExemptions() {
  metrics_.SetExemptions(exemptions_.list()->size());
  ReportHosts();
  loop_.CancelTimer(std::exchange(expiry_timer_, 0));
  if (exemptions_.empty()) return;
  expiry_timer_ = loop_.RunAt(loop_.SteadyTimeOf(exemptions_.NextExpiry()), [this] {
    expiry_timer_ = 0;
    const bool ended = exemptions_.Expire(loop_.Now());
    ApplyExemptions();
    if (ended) hooks_.decide();
  });
}

absl::Status Overrides::RestoreRule(absl::string_view rule, const OperatorNote& note) {
  absl::Status status = demotion_.Restore(rule, note, loop_.Now());
  if (!status.ok()) return status;
  ApplyDemotions();
  hooks_.decide();
  return status;
}

void Overrides::OnOutcome(const CloseOutcome& outcome) {
  // A server that is down or was removed says nothing about the rule, nor does a close whose end nobody saw.
  if (outcome.outcome == Outcome::kFailed && (outcome.never_sent || outcome.cause.empty())) return;
  if (!demotion_.Count(outcome.intent.rule, outcome.outcome, loop_.SteadyNow(), loop_.Now())) return;
  ApplyDemotions();
  hooks_.decide_soon();
}

void Overrides::ApplyDemotions() {
  const std::vector<Demotion> demotions = demotion_.list();
  std::vector<std::string> names;
  for (const Demotion& demotion : demotions) names.push_back(demotion.rule);
  metrics_.SetDemotedRules(names);
  demoted_rules_.clear();
  if (names.empty() || policy_ == nullptr) return;
  for (size_t rule = 0; rule < policy_->rule_count(); ++rule) {
    demoted_rules_.push_back(demotion_.IsDemoted(policy_->rule_name(rule)));
  }
}

void Overrides::OnNewPolicy(std::shared_ptr<const policy::CompiledPolicy> policy) {
  const bool changed = policy_ == nullptr || policy_->hash() != policy->hash();
  policy_ = std::move(policy);
  if (changed) approvals_.OnNewPolicy();
  ApplyDemotions();
  ReportHosts();
}

void Overrides::OnCycle(std::shared_ptr<const policy::Plan> plan, const policy::SessionTable& table) {
  plan_ = std::move(plan);
  approvals_.OnCycle(*plan_, table);
}

void Overrides::FillCycleInput(policy::CycleInput& input) const {
  input.approved = &approvals_.pairs();
  input.demoted = demoted_rules_;
  if (exemptions_.empty()) return;
  input.exempt = [this, at = input.at](const policy::ServerView& server) { return exemptions_.Covered(server, at); };
  input.exempt_version = exemptions_.version();
}

void Overrides::ReportHosts() {
  std::set<std::string> names = exemptions_.HostNames();
  if (policy_ != nullptr) names.merge(policy::HostNamesOf(*policy_));
  hooks_.hosts(names);
}

OverridesView Overrides::view() const {
  return {.holds = holds_.all(),
          .approved_pairs = approvals_.pairs().size(),
          .exemptions = exemptions_.list(),
          .demoted_rules = demotion_.list()};
}

}  // namespace idlewarden::agent
