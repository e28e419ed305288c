#include "agent/executor/executor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/log/log.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {

Executor::Executor(EventLoop& loop, const ExecutorOptions& options, Redecider& redecider, Journal& journal)
    : loop_(loop),
      options_(options),
      redecider_(redecider),
      journal_(journal),
      calls_(loop),
      gate_(options.rates),
      open_(/*patience=*/options.call_timeout),
      random_(options.random_seed) {}

Executor::~Executor() {
  loop_.CancelTimer(wake_timer_);
  // No outcome is written: it is not known. Whoever keeps the journal finds the intent open.
  for (const auto& [key, attempt] : attempts_) {
    const CloseIntent& intent = attempt.close->entry().intent;
    Log(LogLevel::kWarning, "close-abandoned",
        {{"intent", attempt.close->entry().intent_id},
         {"server", intent.server},
         {"client", intent.client},
         {"user", intent.user},
         {"sent", attempt.sent_at != absl::InfiniteFuture()}});
  }
}

void Executor::AddServer(SessionServer& server) { servers_[server.name()] = &server; }

void Executor::RemoveServer(absl::string_view name) {
  const std::string server(name);
  const std::string why = "the server was removed from the settings";
  for (const QueuedClose& entry : queue_.TakeAll([&](const QueuedClose& e) { return e.key.server == server; })) {
    Drop(entry, Outcome::kFailed, why);
  }
  for (auto it = attempts_.begin(); it != attempts_.end();) {
    if (it->first.server != server) {
      ++it;
      continue;
    }
    if (!it->second.tokens_taken) gate_.Release(server);
    const CloseAttempt& close = *it->second.close;
    if (it->second.sent_at != absl::InfiniteFuture()) {
      open_.Add({close.entry().intent_id, close.entry().intent, close.looked_at(), it->second.sent_at});
    } else {
      Drop(close.entry(), Outcome::kFailed, why);
    }
    it = attempts_.erase(it);
  }
  servers_.erase(server);
  // Not at once: a server whose entry has changed is removed and added again.
  loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) FailOpenWithoutServer();
  });
  Pump();
}

void Executor::TakeSent(std::vector<SentClose> closes) {
  for (SentClose& close : closes) open_.Add(std::move(close));
  FailOpenWithoutServer();
}

void Executor::FailOpenWithoutServer() {
  for (const SentClose& close : open_.TakeIf([this](const std::string& name) { return !servers_.contains(name); })) {
    journal_.WriteOutcome({.intent_id = close.intent_id,
                           .at = loop_.Now(),
                           .outcome = Outcome::kFailed,
                           .message = "the close was sent, but the server is no longer in the settings: whether the "
                                      "sessions were closed is unknown",
                           .intent = close.intent});
  }
}

void Executor::Submit(const policy::Plan& plan) {
  if (stopped_ != nullptr) return;
  ClosingPairs closing;
  for (const policy::PlannedPair& pair : plan.pairs) {
    if (pair.decision == policy::Decision::kClose) {
      closing.emplace(PairKeyOf(pair.server, pair.client, pair.user), &pair);
    }
  }
  returns_.Prune(loop_.Now());
  std::erase_if(rests_until_, [now = loop_.Now()](const auto& item) { return item.second <= now; });
  WithdrawAllBut(closing, plan);
  for (const auto& [key, pair] : closing) {
    if (absl::Status status = Queue(key, *pair, plan); !status.ok()) {
      Log(LogLevel::kError, "close-not-recorded", {{"error", status}, {"effect", "nothing more is queued"}});
      break;
    }
  }
  Pump();
}

void Executor::WithdrawAllBut(const ClosingPairs& closing, const policy::Plan& plan) {
  for (auto& [key, attempt] : attempts_) attempt.withdrawn = !closing.contains(key);
  for (const QueuedClose& entry : queue_.TakeAll([&](const QueuedClose& e) { return !closing.contains(e.key); })) {
    const CloseIntent& intent = entry.intent;
    const Verdict verdict = redecider_.Redecide(intent.server, intent.client, intent.user);
    if (!verdict.present) {
      Drop(entry, Outcome::kGoneAlready, "the sessions had gone before the close");
    } else {
      // What would be closed by the policy alone is held by the plan's limits.
      Drop(entry, Outcome::kBecameActive,
           verdict.close ? absl::StrCat("plan ", plan.id, " holds it back") : verdict.why);
    }
  }
}

absl::Status Executor::Queue(const PairKey& key, const policy::PlannedPair& pair, const policy::Plan& plan) {
  if (attempts_.contains(key) || rests_until_.contains(key) || !servers_.contains(pair.server)) return absl::OkStatus();
  if (open_.Contains(key)) return absl::OkStatus();  // never twice before the first is known
  if (returns_.IsJustClosed(key, loop_.Now())) return absl::OkStatus();
  CloseIntent intent{.server = pair.server,
                     .client = pair.client,
                     .user = pair.user,
                     .scope = pair.scope,
                     .sessions = pair.sessions,
                     .rule = pair.rule,
                     .required = redecider_.RequiredBy(pair.rule),
                     .plan_id = plan.id,
                     .policy_hash = plan.policy_hash};
  if (queue_.Contains(key)) {
    queue_.Update(key, intent);
    return absl::OkStatus();
  }
  // Would only wait to expire.
  if (paused_) return absl::OkStatus();
  absl::StatusOr<int64_t> id = journal_.WriteIntent(intent);
  if (!id.ok()) return id.status();
  queue_.Add({.key = key, .intent = std::move(intent), .intent_id = *id, .queued_at = loop_.Now()});
  return absl::OkStatus();
}

void Executor::Observe(absl::string_view server, absl::Time began, std::vector<policy::Session>& sessions) {
  for (const CloseOutcome& outcome : open_.Observe(server, began, sessions, loop_.Now())) {
    journal_.WriteOutcome(outcome);
    if (outcome.outcome == Outcome::kSurvived) Rest(PairKeyOf(server, outcome.intent.client, outcome.intent.user));
  }
  for (const CloseOutcome& outcome : returns_.Observe(server, began, sessions)) journal_.WriteOutcome(outcome);
  if (returns_.size() == 0) return;
  std::erase_if(sessions, [&](const policy::Session& session) {
    return returns_.WasClosedSince(PairKeyOf(server, session.client, session.user), began);
  });
}

void Executor::SetPaused(bool paused) {
  paused_ = paused;
  Pump();
}

void Executor::Stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  for (const QueuedClose& entry : queue_.TakeAll([](const QueuedClose&) { return true; })) {
    Drop(entry, Outcome::kExpired, "the agent is stopping");
  }
  loop_.CancelTimer(wake_timer_);
  if (attempts_.empty()) loop_.Post(stopped_);
}

void Executor::Abandon() {
  for (auto& [key, attempt] : attempts_) {
    if (!attempt.tokens_taken) gate_.Release(key.server);
    Drop(attempt.close->entry(), Outcome::kFailed, "the agent stopped while the close was under way");
  }
  attempts_.clear();
}

void Executor::Pump() {
  ExpireOld();
  while (!paused_ && stopped_ == nullptr && attempts_.size() < static_cast<size_t>(options_.parallel)) {
    std::optional<QueuedClose> next = queue_.TakeNext(
        [this](const QueuedClose& entry) { return MayStart(entry) && gate_.Reserve(entry.key.server, loop_.Now()); });
    if (!next.has_value()) break;
    StartAttempt(*std::move(next));
  }
  SetWakeTimer();
}

bool Executor::MayStart(const QueuedClose& entry) const {
  if (entry.not_before > loop_.Now()) return false;
  // Keys are ordered by server, client and user: only the server's own attempts are looked at.
  int on_server = 0;
  for (auto it = attempts_.lower_bound({entry.key.server, "", ""});
       it != attempts_.end() && it->first.server == entry.key.server; ++it) {
    // Two closes for one client would look at each other's work, or at the same connection being ended.
    if (it->first.client == entry.key.client) return false;
    ++on_server;
  }
  return on_server < options_.parallel_per_server;
}

void Executor::StartAttempt(QueuedClose entry) {
  const PairKey key = entry.key;
  CloseAttempt::Parts parts{.loop = loop_,
                            .calls = calls_,
                            .redecider = redecider_,
                            .timeout = options_.call_timeout,
                            .admit = [this, key] { return Admit(key); },
                            .done = [this, key](AttemptResult result) { OnAttemptDone(key, std::move(result)); }};
  Attempt& attempt = attempts_[key];
  attempt.close = std::make_unique<CloseAttempt>(std::move(parts), *servers_.at(key.server), std::move(entry));
  attempt.close->Start();
}

Admission Executor::Admit(const PairKey& key) {
  Attempt& attempt = attempts_.at(key);
  if (paused_ || stopped_ != nullptr || attempt.withdrawn) return Admission::kShut;
  if (!gate_.Take(key.server, loop_.Now())) return Admission::kShut;
  attempt.tokens_taken = true;
  const QueuedClose& entry = attempt.close->entry();
  absl::Status recorded = journal_.WriteSent(entry.intent_id, entry.intent, attempt.close->looked_at());
  if (!recorded.ok()) {
    Log(LogLevel::kError, "close-not-recorded", {{"error", recorded}, {"effect", "it is not sent"}});
    return Admission::kNotRecorded;
  }
  attempt.sent_at = loop_.Now();
  return Admission::kSend;
}

void Executor::OnAttemptDone(const PairKey& key, AttemptResult result) {
  auto node = attempts_.extract(key);
  Attempt& attempt = node.mapped();
  const PairKey& done = node.key();
  if (!attempt.tokens_taken) gate_.Release(done.server);
  QueuedClose& entry = attempt.close->mutable_entry();
  if (result.kind == AttemptResult::Kind::kOutcome) {
    OnOutcome(entry, attempt.close->started_at(), result);
  } else if (stopped_ != nullptr) {
    Drop(entry, Outcome::kExpired, "the agent is stopping");
  } else if (attempt.withdrawn) {
    Drop(entry, Outcome::kBecameActive, "a newer plan no longer closes it");
  } else {
    PutBack(std::move(entry), result);
  }
  if (stopped_ == nullptr) return Pump();
  if (attempts_.empty()) stopped_();
}

void Executor::OnOutcome(const QueuedClose& entry, absl::Time started_at, const AttemptResult& result) {
  CloseOutcome outcome{.intent_id = entry.intent_id,
                       .at = loop_.Now(),
                       .outcome = result.outcome,
                       .windows_error = WindowsErrorOf(result.error),
                       .cause = result.error.ok() ? "" : CauseOf(result.error),
                       .message = result.message,
                       .duration = loop_.Now() - started_at,
                       .intent = entry.intent};
  if (!result.error.ok()) absl::StrAppend(&outcome.message, ": ", std::string(result.error.message()));
  journal_.WriteOutcome(outcome);
  if (result.outcome == Outcome::kClosed) {
    returns_.AddClosed(entry.key, outcome, result.looked_at, result.least_age_seconds);
    if (entry.intent.scope == policy::CloseScope::kClient) DropGoneWith(entry);
  }
  if (result.returned) {
    returns_.MarkReturned(entry.key);
    outcome.outcome = Outcome::kReturned;
    outcome.message = "the pair is back with a new session";
    journal_.WriteOutcome(outcome);
  }
  if (result.outcome == Outcome::kSurvived || result.outcome == Outcome::kDenied ||
      result.outcome == Outcome::kFailed) {
    Rest(entry.key);
  }
}

void Executor::Rest(const PairKey& key) { rests_until_[key] = loop_.Now() + options_.rest_after_failure; }

void Executor::DropGoneWith(const QueuedClose& closed) {
  const auto gone = [&](const QueuedClose& entry) {
    return entry.key.server == closed.key.server && entry.key.client == closed.key.client &&
           !redecider_.Redecide(entry.intent.server, entry.intent.client, entry.intent.user).present;
  };
  for (const QueuedClose& entry : queue_.TakeAll(gone)) {
    Drop(entry, Outcome::kGoneAlready,
         absl::StrCat("went with the client's connection, which was closed for ", closed.intent.user));
  }
}

void Executor::PutBack(QueuedClose entry, const AttemptResult& result) {
  if (result.kind != AttemptResult::Kind::kNotAdmitted) {
    if (++entry.failed_looks >= options_.look_tries) {
      AttemptResult failed = result;
      failed.outcome = Outcome::kFailed;
      failed.message = absl::StrCat("given up before the close after ", entry.failed_looks, " tries");
      return OnOutcome(entry, entry.queued_at, failed);
    }
    entry.not_before = loop_.Now() + Backoff(entry.failed_looks);
  }
  queue_.Add(std::move(entry));
}

absl::Duration Executor::Backoff(int failed_looks) {
  const absl::Duration longest =
      std::min(options_.longest_backoff, options_.first_backoff * (int64_t{1} << std::min(failed_looks - 1, 20)));
  return longest * std::uniform_real_distribution<>(0, 1)(random_);
}

void Executor::ExpireOld() {
  for (const QueuedClose& entry : queue_.TakeQueuedUntil(loop_.Now() - options_.queue_time_to_live)) {
    Drop(entry, Outcome::kExpired,
         absl::StrCat("not reached within ", absl::FormatDuration(options_.queue_time_to_live)));
  }
}

void Executor::SetWakeTimer() {
  loop_.CancelTimer(std::exchange(wake_timer_, 0));
  if (queue_.size() == 0 || stopped_ != nullptr) return;
  const absl::Time now = loop_.Now();
  absl::Time wake = queue_.OldestQueuedAt() + options_.queue_time_to_live;
  if (!paused_ && attempts_.size() < static_cast<size_t>(options_.parallel)) {
    queue_.ForEach([&](const QueuedClose& entry) {
      const absl::Time tokens = gate_.NextReservation(entry.key.server, now);
      // What could start now and did not waits for an attempt to end, which pumps again.
      if (const absl::Time next = std::max(tokens, entry.not_before); next > now) wake = std::min(wake, next);
    });
  }
  wake_timer_ = loop_.RunAt(wake, [this] {
    wake_timer_ = 0;
    Pump();
  });
}

void Executor::Drop(const QueuedClose& entry, Outcome outcome, std::string message) {
  journal_.WriteOutcome({.intent_id = entry.intent_id,
                         .at = loop_.Now(),
                         .outcome = outcome,
                         .message = std::move(message),
                         .intent = entry.intent});
}

}  // namespace idlewarden::agent
