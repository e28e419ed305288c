#include "agent/executor/journal/ledger_journal.h"

#include <optional>
#include <utility>
#include <vector>

#include "agent/log/log.h"
#include "agent/servers/server_error.h"
#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

UnresolvedClose UnresolvedCloseOf(const Ledger::OpenIntent& open, const Clock& clock) {
  const AuditRecord& record = open.record;
  UnresolvedClose close{
      .intent_id = open.id,
      .intent = {.server = record.server,
                 .client = record.client,
                 .user = record.user,
                 .connection = record.connection.empty() ? std::nullopt : std::optional(record.connection),
                 .rule = record.rule,
                 .required = record.required,
                 .plan_id = record.plan_id,
                 .policy_hash = record.policy_hash},
      .rechecked_at = clock.SteadyTimeOf(record.time),
      .sent_at = clock.SteadyTimeOf(*open.sent_at)};
  for (const AuditSession& session : record.sessions) {
    close.intent.sessions.push_back(
        {.client = record.client,
         .user = session.user,
         .idle_seconds = session.idle_seconds,
         .idle_bound = session.idle_at_least ? policy::IdleBound::kAtLeast : policy::IdleBound::kExact,
         .age_seconds = session.age_seconds,
         .open_files = session.open_files});
  }
  return close;
}

}  // namespace

absl::StatusOr<int64_t> LedgerJournal::WriteIntent(const CloseIntent& intent) {
  if (absl::Status status = WriteWaiting(); !status.ok()) return status;
  absl::StatusOr<int64_t> id = ledger_.WriteIntent(RecordOf(intent, clock_.Now()));
  SetState(id.status());
  return id;
}

absl::Status LedgerJournal::WriteSent(int64_t intent_id, const CloseIntent& intent, SteadyTime rechecked_at) {
  if (absl::Status status = WriteWaiting(); !status.ok()) return status;
  absl::Status status = ledger_.MarkSent(intent_id, clock_.Now(), RecordOf(intent, clock_.WallTimeOf(rechecked_at)));
  SetState(status);
  return status;
}

void LedgerJournal::WriteOutcome(const CloseOutcome& outcome) {
  AuditRecord record = RecordOf(outcome.intent, clock_.WallTimeOf(outcome.at));
  record.outcome = std::string(OutcomeName(outcome.outcome));
  record.windows_error = outcome.windows_error;
  if (outcome.windows_error != 0) record.windows_error_name = WindowsErrorName(outcome.windows_error);
  record.message = outcome.message;
  record.duration = outcome.duration;
  waiting_.push_back({.intent_id = outcome.intent_id,
                      .record = std::move(record),
                      .ends_intent = outcome.outcome != Outcome::kReturned});
  WriteWaiting().IgnoreError();  // kept, and told by state()
}

absl::StatusOr<std::vector<UnresolvedClose>> LedgerJournal::TakeOpenIntents() {
  absl::StatusOr<std::vector<Ledger::OpenIntent>> intents = ledger_.OpenIntents();
  if (!intents.ok()) return intents.status();
  std::vector<UnresolvedClose> sent;
  for (Ledger::OpenIntent& intent : *intents) {
    if (intent.sent_at.has_value()) {
      sent.push_back(UnresolvedCloseOf(intent, clock_));
      continue;
    }
    intent.record.time = clock_.Now();
    intent.record.outcome = std::string(OutcomeName(Outcome::kWithdrawn));
    intent.record.message = "the agent ended before anything was asked of the server";
    if (absl::Status status = ledger_.WriteOutcome(intent.id, intent.record); !status.ok()) return status;
  }
  return sent;
}

absl::Status LedgerJournal::WriteWaiting() {
  while (!waiting_.empty()) {
    absl::Status status = Write(waiting_.front());
    SetState(status);
    if (!status.ok()) return status;
    waiting_.pop_front();
  }
  return absl::OkStatus();
}

absl::Status LedgerJournal::Recover() {
  absl::Status status = WriteWaiting();
  if (status.ok()) SetState(status);
  return status;
}

absl::Status LedgerJournal::Write(const Waiting& waiting) {
  if (!waiting.ends_intent) return ledger_.WriteRefusal(waiting.record);
  absl::Status status = ledger_.WriteOutcome(waiting.intent_id, waiting.record);
  // Not open: it was written before an error that came after the commit. Nothing is lost, nothing to do again.
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

void LedgerJournal::SetState(absl::Status status) {
  if (status.ok() != state_.ok()) {
    if (status.ok()) {
      Log(LogLevel::kInfo, "ledger-writable", {});
    } else {
      Log(LogLevel::kError, "ledger-not-writable", {{"error", status}, {"effect", "nothing is closed"}});
    }
  }
  state_ = std::move(status);
}

AuditRecord LedgerJournal::RecordOf(const CloseIntent& intent, absl::Time time) const {
  AuditRecord record{.time = time,
                     .agent = agent_name_,
                     .server = intent.server,
                     .client = intent.client,
                     .user = intent.user,
                     .connection = intent.connection.value_or(""),
                     .rule = intent.rule,
                     .required = intent.required,
                     .mode = "enforce",
                     .plan_id = intent.plan_id,
                     .policy_hash = intent.policy_hash};
  for (const policy::Session& session : intent.sessions) {
    if (!policy::SameUser(session.user, intent.user)) ++record.collateral;
    record.sessions.push_back({.user = session.user,
                               .idle_seconds = session.idle_seconds,
                               .idle_at_least = session.idle_bound == policy::IdleBound::kAtLeast,
                               .age_seconds = session.age_seconds,
                               .open_files = session.open_files});
  }
  return record;
}

}  // namespace idlewarden::agent
