#include "agent/executor/executor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/log/log.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {

Executor::Executor(EventLoop& loop, const ExecutorOptions& options, DecisionSource& decisions, SessionUpdates& updates,
                   Journal& journal)
    : loop_(loop),
      options_(options),
      decisions_(decisions),
      updates_(updates),
      recorder_(journal),
      calls_(loop),
      rate_limiter_(options.rates),
      capacity_(options.rates, options.queue_time_to_live),
      rechecks_(loop, calls_, std::min(options.call_timeout, CloseAttempt::kRecheckIsGoodFor)),
      history_(loop, {.backoff = options.pair_backoff, .breaker = options.breaker, .patience = options.call_timeout},
               recorder_),
      random_(options.random_seed) {}

namespace {

// No outcome is recorded, as it is not known: the journal keeps the intent open for the next run.
void LogAbandoned(const RunningAttempt& attempt) {
  const CloseIntent& intent = attempt.close->entry().intent;
  Log(LogLevel::kWarning, "close-abandoned",
      {{"intent", attempt.close->entry().intent_id},
       {"server", intent.server},
       {"client", intent.client},
       {"user", intent.user},
       {"sent", attempt.sent()}});
}

}  // namespace

Executor::~Executor() {
  loop_.CancelTimer(wake_timer_);
  attempts_.ForEach([](const policy::PairKey&, const RunningAttempt& attempt) { LogAbandoned(attempt); });
}

void Executor::AddServer(SessionServer& server) { servers_[server.name()] = &server; }

void Executor::RemoveServer(absl::string_view name) {
  const std::string server(name);
  const std::string why = "the server was removed from the settings";
  for (const QueuedClose& entry : queue_.TakeAll([&](const QueuedClose& e) { return e.key.server == server; })) {
    RecordDropped(entry, Outcome::kWithdrawn, why);
  }
  for (RunningAttempt& attempt : attempts_.TakeOf(server)) {
    Release(server, attempt);
    const QueuedClose& entry = attempt.close->entry();
    if (attempt.sent()) {
      history_.AddUnresolved({entry.intent_id, entry.intent, attempt.close->rechecked_at(), attempt.sent_at});
    } else {
      RecordDropped(entry, Outcome::kWithdrawn, why);
    }
  }
  servers_.erase(server);
  rechecks_.Forget(server);
  history_.ForgetBreaker(server);
  // Not at once: a server whose entry has changed is removed and added again.
  loop_.Post(lifetime_.Guard([this] { FailUnresolvedWithoutServer(); }));
  StartEligible();
}

void Executor::RestoreUnresolved(std::vector<UnresolvedClose> closes) {
  for (UnresolvedClose& close : closes) history_.AddUnresolved(std::move(close));
  FailUnresolvedWithoutServer();
}

void Executor::FailUnresolvedWithoutServer() {
  history_.FailUnresolved([this](const std::string& server) { return !servers_.contains(server); });
}

void Executor::Submit(const policy::Plan& plan) {
  if (stopped_ != nullptr) return;
  ClosingPairs closing;
  for (const policy::PlannedPair& pair : plan.pairs) {
    if (pair.decision == policy::Decision::kClose && !WouldEndMore(pair)) {
      closing.emplace(policy::PairKeyOf(pair.server, pair.client, pair.user, pair.connection), &pair);
    }
  }
  RefuseConnections(plan);
  history_.Prune();
  WithdrawAllBut(closing, absl::StrCat("plan ", plan.id, " holds it back"));
  QueueSome(closing, plan);
  StartEligible();
}

void Executor::RefuseConnections(const policy::Plan& plan) {
  std::set<policy::PairKey> refused;
  for (const policy::PlannedPair& pair : plan.pairs) {
    if (pair.decision != policy::Decision::kClose || !WouldEndMore(pair)) continue;
    policy::PairKey key = policy::PairKeyOf(pair.server, pair.client, pair.user, pair.connection);
    // Once, not with each plan that still says so.
    if (!refused_.contains(key) && !RecordRefusal(pair, plan)) continue;
    refused.insert(std::move(key));
  }
  refused_ = std::move(refused);
}

bool Executor::WouldEndMore(const policy::PlannedPair& pair) const {
  const auto server = servers_.find(pair.server);
  return pair.scope == policy::CloseScope::kConnection && server != servers_.end() &&
         !server->second->CanCloseConnections();
}

bool Executor::RecordRefusal(const policy::PlannedPair& pair, const policy::Plan& plan) {
  QueuedClose refused{.intent = IntentOf(pair, plan)};
  const absl::StatusOr<int64_t> id = recorder_.RecordIntent(refused.intent);
  if (!id.ok()) return false;
  refused.intent_id = *id;
  RecordDropped(
      refused, Outcome::kRefused,
      "the server's backend cannot close a single connection, and a close of the client and user would end others");
  return true;
}

void Executor::QueueSome(const ClosingPairs& closing, const policy::Plan& plan) {
  std::vector<const policy::PlannedPair*> candidates;
  for (const auto& [key, pair] : closing) {
    if (queue_.Contains(key)) {
      queue_.Update(key, IntentOf(*pair, plan));
    } else if (!paused_ && !attempts_.Contains(key) && servers_.contains(pair->server) && history_.MayQueue(key)) {
      candidates.push_back(pair);  // while paused it would only wait to expire
    }
  }
  const auto waiting_of = [this](const std::string& server) { return queue_.size_of(server); };
  for (const policy::PlannedPair* pair : capacity_.SelectForQueue(std::move(candidates), queue_.size(), waiting_of)) {
    if (absl::Status status = Queue(*pair, plan); !status.ok()) {
      Log(LogLevel::kError, "close-not-recorded", {{"error", status}, {"effect", "nothing more is queued"}});
      return;
    }
  }
}

void Executor::Withdraw(std::string why) {
  if (stopped_ != nullptr) return;
  WithdrawAllBut({}, why);
}

void Executor::WithdrawAllBut(const ClosingPairs& closing, const std::string& why) {
  attempts_.ForEach(
      [&](const policy::PairKey& key, RunningAttempt& attempt) { attempt.withdrawn = !closing.contains(key); });
  for (const QueuedClose& entry : queue_.TakeAll([&](const QueuedClose& e) { return !closing.contains(e.key); })) {
    const CloseIntent& intent = entry.intent;
    const Verdict verdict = decisions_.Reevaluate(intent.server, intent.client, intent.user);
    if (!verdict.present) {
      RecordDropped(entry, Outcome::kGoneAlready, "the sessions had ended before the close");
    } else if (verdict.close) {
      RecordDropped(entry, Outcome::kWithdrawn, why);  // the policy alone would close it
    } else {
      const bool active = verdict.became_active && verdict.policy_hash == intent.policy_hash;
      RecordDropped(entry, active ? Outcome::kBecameActive : Outcome::kWithdrawn, verdict.why);
    }
  }
}

CloseIntent Executor::IntentOf(const policy::PlannedPair& pair, const policy::Plan& plan) const {
  return {.server = pair.server,
          .client = pair.client,
          .user = pair.user,
          .connection = pair.connection,
          .scope = pair.scope,
          .sessions = pair.sessions,
          .rule = pair.rule,
          .required = decisions_.RequiredBy(pair.rule),
          .plan_id = plan.id,
          .policy_hash = plan.policy_hash};
}

absl::Status Executor::Queue(const policy::PlannedPair& pair, const policy::Plan& plan) {
  CloseIntent intent = IntentOf(pair, plan);
  absl::StatusOr<int64_t> id = recorder_.RecordIntent(intent);
  if (!id.ok()) return id.status();
  queue_.Add({.key = policy::PairKeyOf(pair.server, pair.client, pair.user, pair.connection),
              .intent = std::move(intent),
              .intent_id = *id,
              .queued_at = loop_.SteadyNow()});
  return absl::OkStatus();
}

void Executor::Observe(absl::string_view server, SteadyTime began, std::vector<policy::Session>& sessions) {
  history_.Observe(server, began, sessions);
}

void Executor::SetPaused(bool paused) {
  paused_ = paused;
  StartEligible();
}

void Executor::Stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  for (const QueuedClose& entry : queue_.TakeAll([](const QueuedClose&) { return true; })) {
    RecordDropped(entry, Outcome::kWithdrawn, "the agent is stopping");
  }
  loop_.CancelTimer(wake_timer_);
  if (attempts_.empty()) loop_.Post(stopped_);
}

void Executor::Abandon() {
  for (RunningAttempt& attempt : attempts_.TakeAll()) {
    const QueuedClose& entry = attempt.close->entry();
    Release(entry.key.server, attempt);
    if (attempt.sent()) {
      LogAbandoned(attempt);  // its intent stays open: the next run looks it up
    } else {
      RecordDropped(entry, Outcome::kWithdrawn, "the agent is stopping");
    }
  }
}

void Executor::StartEligible() {
  ExpireOld();
  // One instant for all that is asked: whatever is not ready at it is ready later, and the timer is set for that.
  const SteadyTime now = loop_.SteadyNow();
  while (!paused_ && stopped_ == nullptr && attempts_.size() < static_cast<size_t>(options_.parallel)) {
    // Mostly it is the agent's own bucket that is empty; then no server need be looked at.
    if (rate_limiter_.NextOfAll(now) > now) break;
    std::optional<QueuedClose> next = queue_.TakeNext(
        [&](const std::string& server) { return MayStartOn(server, now); },
        [&](const QueuedClose& entry) {
          return MayStart(entry, now) && rate_limiter_.Reserve(entry.key.server, entry.intent.rule, now);
        });
    if (!next.has_value()) break;
    StartAttempt(*std::move(next));
  }
  SetWakeTimer(now);
}

bool Executor::MayStartOn(const std::string& server, SteadyTime now) const {
  return history_.MayBegin(server, now) && rate_limiter_.NextOfServer(server, now) <= now &&
         attempts_.CountOf(server) < static_cast<size_t>(options_.parallel_per_server);
}

bool Executor::MayStart(const QueuedClose& entry, SteadyTime now) const {
  return entry.not_before <= now && !attempts_.IsClientBusy(entry, /*only_sent=*/false);
}

void Executor::StartAttempt(QueuedClose entry) {
  const policy::PairKey key = entry.key;
  CloseAttempt::Parts parts{.loop = loop_,
                            .calls = calls_,
                            .rechecks = rechecks_,
                            .decisions = decisions_,
                            .updates = updates_,
                            .timeout = options_.call_timeout,
                            .admit = [this, key] { return Admit(key); },
                            .done = [this, key](AttemptResult result) { OnAttemptDone(key, std::move(result)); }};
  history_.RecordStart(key.server);
  RunningAttempt& attempt = attempts_.Add(key);
  attempt.rule = entry.intent.rule;
  attempt.close = std::make_unique<CloseAttempt>(std::move(parts), *servers_.at(key.server), std::move(entry));
  attempt.close->Start();
}

Admission Executor::Admit(const policy::PairKey& key) {
  RunningAttempt& attempt = attempts_.At(key);
  const QueuedClose& entry = attempt.close->entry();
  if (paused_ || stopped_ != nullptr || attempt.withdrawn) return Admission::kShut;
  // That a close ends the whole client may have shown only now.
  if (attempts_.IsClientBusy(entry, /*only_sent=*/true) || !ReserveForRule(attempt, entry)) return Admission::kShut;
  if (!rate_limiter_.Take(key.server, attempt.rule, loop_.SteadyNow())) return Admission::kShut;
  attempt.reserved = false;
  absl::Status recorded = recorder_.RecordSent(entry.intent_id, entry.intent, attempt.close->rechecked_at());
  if (!recorded.ok()) {
    Log(LogLevel::kError, "close-not-recorded", {{"error", recorded}, {"effect", "it is not sent"}});
    return Admission::kNotRecorded;
  }
  attempt.sent_at = loop_.SteadyNow();
  return Admission::kSend;
}

bool Executor::ReserveForRule(RunningAttempt& attempt, const QueuedClose& entry) {
  if (attempt.rule == entry.intent.rule) return true;
  Release(entry.key.server, attempt);
  attempt.rule = entry.intent.rule;
  attempt.reserved = rate_limiter_.Reserve(entry.key.server, attempt.rule, loop_.SteadyNow());
  return attempt.reserved;
}

void Executor::Release(const std::string& server, RunningAttempt& attempt) {
  if (std::exchange(attempt.reserved, false)) rate_limiter_.Release(server, attempt.rule);
}

void Executor::OnAttemptDone(const policy::PairKey& key, AttemptResult result) {
  RunningAttempt attempt = attempts_.Take(key);
  QueuedClose& entry = attempt.close->mutable_entry();
  const std::string server = entry.key.server;
  Release(server, attempt);
  if (result.kind == AttemptResult::Kind::kOutcome) {
    OnOutcome(entry, attempt.close->started_at(), result, attempt.sent());
  } else if (history_.RecordNoResult(server); stopped_ != nullptr) {
    RecordDropped(entry, Outcome::kWithdrawn, "the agent is stopping");
  } else if (attempt.withdrawn) {
    RecordDropped(entry, Outcome::kWithdrawn, "a newer plan no longer closes it");
  } else {
    Requeue(std::move(entry), result);
  }
  if (stopped_ == nullptr) return StartEligible();
  if (attempts_.empty()) stopped_();
}

void Executor::OnOutcome(const QueuedClose& entry, SteadyTime started_at, const AttemptResult& result, bool sent) {
  CloseOutcome outcome{.intent_id = entry.intent_id,
                       .at = loop_.SteadyNow(),
                       .outcome = result.outcome,
                       .never_sent = !sent,
                       .windows_error = WindowsErrorOf(result.error),
                       .cause = result.error.ok() ? "" : CauseOf(result.error),
                       .message = result.message,
                       .duration = loop_.SteadyNow() - started_at,
                       .intent = entry.intent};
  if (!result.error.ok()) absl::StrAppend(&outcome.message, ": ", std::string(result.error.message()));
  history_.RecordOutcome(entry.key, std::move(outcome), result);
  if (result.outcome == Outcome::kClosed && entry.intent.scope == policy::CloseScope::kClient)
    DropPairsClosedWithClient(entry);
}

void Executor::DropPairsClosedWithClient(const QueuedClose& closed) {
  const auto gone = [&](const QueuedClose& entry) {
    return entry.key.server == closed.key.server && entry.key.client == closed.key.client &&
           !decisions_.Reevaluate(entry.intent.server, entry.intent.client, entry.intent.user).present;
  };
  for (const QueuedClose& entry : queue_.TakeAll(gone)) {
    RecordDropped(entry, Outcome::kGoneAlready,
                  absl::StrCat("ended with the client's connection, closed on behalf of ", closed.intent.user));
  }
}

void Executor::Requeue(QueuedClose entry, const AttemptResult& result) {
  if (result.kind != AttemptResult::Kind::kNotAdmitted) {
    if (++entry.failed_rechecks >= options_.recheck_tries) {
      AttemptResult failed = result;
      failed.outcome = Outcome::kFailed;
      failed.message = absl::StrCat("gave up before the close after ", entry.failed_rechecks, " tries");
      return OnOutcome(entry, entry.queued_at, failed, /*sent=*/false);
    }
    entry.not_before = loop_.SteadyNow() + Backoff(entry.failed_rechecks);
  }
  queue_.Add(std::move(entry));
}

absl::Duration Executor::Backoff(int failed_rechecks) {
  const absl::Duration longest =
      std::min(options_.longest_backoff, options_.first_backoff * (int64_t{1} << std::min(failed_rechecks - 1, 20)));
  return longest * std::uniform_real_distribution<>(0, 1)(random_);
}

void Executor::ExpireOld() {
  for (const QueuedClose& entry : queue_.TakeQueuedUntil(loop_.SteadyNow() - options_.queue_time_to_live)) {
    const BreakerStatus breaker = history_.breaker(entry.key.server, loop_.SteadyNow());
    std::string why = absl::StrCat("not reached within ", absl::FormatDuration(options_.queue_time_to_live));
    if (breaker.state != BreakerState::kClosed) absl::StrAppend(&why, ", as closing there is suspended: ", breaker.why);
    RecordDropped(entry, Outcome::kExpired, std::move(why));
  }
}

SteadyTime Executor::NextStart(SteadyTime now) const {
  if (paused_ || attempts_.size() >= static_cast<size_t>(options_.parallel)) return SteadyTime::InfiniteFuture();
  if (const SteadyTime of_all = rate_limiter_.NextOfAll(now); of_all > now) return of_all;
  SteadyTime next = SteadyTime::InfiniteFuture();
  queue_.ForEach([&](const std::string& server, const CloseQueue::Entries& entries) {
    const BreakerStatus breaker = history_.breaker(server, now);
    const SteadyTime rested = breaker.state == BreakerState::kOpen ? breaker.half_open_after : now;
    const SteadyTime of_server = std::max(rested, rate_limiter_.NextOfServer(server, now));
    for (const auto& [rank, entry] : entries) {
      const SteadyTime start =
          std::max({of_server, entry.not_before, rate_limiter_.NextOfRule(entry.intent.rule, now)});
      // What could start now and did not waits for an attempt to end, which pumps again.
      if (start > now) next = std::min(next, start);
    }
  });
  return next;
}

void Executor::SetWakeTimer(SteadyTime now) {
  loop_.CancelTimer(std::exchange(wake_timer_, 0));
  if (queue_.size() == 0 || stopped_ != nullptr) return;
  const SteadyTime wake = std::min(queue_.OldestQueuedAt() + options_.queue_time_to_live, NextStart(now));
  wake_timer_ = loop_.RunAt(wake, [this] {
    wake_timer_ = 0;
    StartEligible();
  });
}

void Executor::RecordDropped(const QueuedClose& entry, Outcome outcome, std::string message) {
  recorder_.RecordOutcome({.intent_id = entry.intent_id,
                           .at = loop_.SteadyNow(),
                           .outcome = outcome,
                           .never_sent = true,
                           .message = std::move(message),
                           .intent = entry.intent});
}

}  // namespace idlewarden::agent
