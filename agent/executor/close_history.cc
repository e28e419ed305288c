#include "agent/executor/close_history.h"

#include <utility>

#include "agent/log/log.h"

namespace idlewarden::agent {

namespace {

// What is to be forgotten is looked through as a whole, and may be some 100,000 pairs.
constexpr absl::Duration kPruneEvery = absl::Minutes(1);

// Whether the outcome speaks against the server, and not against the agent's own disk or a pair without a name.
bool IsTheServersFailure(const CloseOutcome& outcome) {
  if (outcome.outcome == Outcome::kSurvived) return true;
  return outcome.outcome == Outcome::kFailed && !outcome.cause.empty() && outcome.cause != "internal";
}

bool WentWrong(Outcome outcome) {
  return outcome == Outcome::kSurvived || outcome == Outcome::kDenied || outcome == Outcome::kFailed;
}

}  // namespace

CloseHistory::CloseHistory(const Clock& clock, const Options& options, CloseRecorder& recorder)
    : clock_(clock), options_(options), recorder_(recorder), unresolved_(options.patience), backoff_(options.backoff) {}

bool CloseHistory::MayQueue(const policy::PairKey& key) const {
  const SteadyTime now = clock_.SteadyNow();
  if (backoff_.InBackoff(key, now) || returns_.IsJustClosed(key, now)) return false;
  if (unresolved_.Contains(key)) return false;  // never twice before the outcome of the first is known
  return breaker(key.server, now).state != BreakerState::kOpen;
}

bool CloseHistory::MayBegin(const std::string& server, SteadyTime now) const {
  const auto found = breakers_.find(server);
  return found == breakers_.end() || found->second.breaker.MayBegin(now);
}

void CloseHistory::RecordStart(const std::string& server) {
  const auto found = breakers_.find(server);
  if (found != breakers_.end()) found->second.breaker.RecordStart(clock_.SteadyNow());
}

void CloseHistory::RecordNoResult(const std::string& server) {
  const auto found = breakers_.find(server);
  if (found != breakers_.end()) found->second.breaker.RecordNoResult();
}

void CloseHistory::CloseBreaker(const std::string& server) {
  const auto found = breakers_.find(server);
  if (found == breakers_.end()) return;
  if (found->second.breaker.RecordSuccess()) Log(LogLevel::kInfo, "breaker-closed", {{"server", server}});
  breakers_.erase(found);
}

void CloseHistory::UpdateBreaker(const std::string& server, const CloseOutcome& outcome) {
  if (outcome.outcome == Outcome::kClosed) return CloseBreaker(server);
  const bool denied = outcome.outcome == Outcome::kDenied;
  if (!denied && !IsTheServersFailure(outcome)) return RecordNoResult(server);
  ServerBreaker& entry = breakers_.try_emplace(server, ServerBreaker{Breaker(options_.breaker), ""}).first->second;
  if (!(denied ? entry.breaker.RecordDenial(outcome.at) : entry.breaker.RecordFailure(outcome.at))) return;
  entry.why = outcome.message;
  Log(LogLevel::kWarning, "breaker-opened",
      {{"server", server}, {"why", entry.why}, {"until", clock_.WallTimeOf(entry.breaker.open_until())}});
}

void CloseHistory::RecordOutcome(const policy::PairKey& key, CloseOutcome outcome, const AttemptResult& result) {
  UpdateBreaker(key.server, outcome);  // first: observers of the outcome may ask for the breaker
  recorder_.RecordOutcome(outcome);
  if (outcome.outcome == Outcome::kClosed) {
    returns_.AddClosed(key, outcome, result.rechecked_at, result.least_age_seconds);
    backoff_.AfterClose(key, outcome.at);
  }
  if (WentWrong(outcome.outcome)) backoff_.AfterFailure(key, outcome.at);
  if (!result.returned) return;
  returns_.MarkReturned(key);
  outcome.outcome = Outcome::kReturned;
  outcome.message = kReturnedMessage;
  WriteReturned(key, outcome);
}

void CloseHistory::WriteReturned(const policy::PairKey& key, const CloseOutcome& outcome) {
  recorder_.RecordOutcome(outcome);
  const absl::Duration backoff = backoff_.AfterReturn(key, outcome.at);
  if (backoff == absl::ZeroDuration()) return;
  const CloseIntent& intent = outcome.intent;
  Log(LogLevel::kWarning, "pair-backs-off",
      {{"server", intent.server}, {"client", intent.client}, {"user", intent.user}, {"for", backoff}});
}

void CloseHistory::Observe(absl::string_view server, SteadyTime began, std::vector<policy::Session>& sessions) {
  ObserveUnresolved(server, began, sessions);
  for (const CloseOutcome& outcome : returns_.Observe(server, began, sessions)) {
    WriteReturned(policy::PairKeyOf(server, outcome.intent.client, outcome.intent.user), outcome);
  }
  returns_.DropClosedSince(server, began, sessions);
}

void CloseHistory::ObserveUnresolved(absl::string_view server, SteadyTime began,
                                     const std::vector<policy::Session>& sessions) {
  for (const CloseOutcome& outcome : unresolved_.Observe(server, began, sessions, clock_.SteadyNow())) {
    const policy::PairKey key = policy::PairKeyOf(server, outcome.intent.client, outcome.intent.user);
    if (outcome.outcome == Outcome::kReturned) {
      WriteReturned(key, outcome);
      continue;
    }
    recorder_.RecordOutcome(outcome);
    if (outcome.outcome == Outcome::kClosed) backoff_.AfterClose(key, outcome.at);
    if (WentWrong(outcome.outcome)) backoff_.AfterFailure(key, outcome.at);
  }
}

void CloseHistory::Prune() {
  const SteadyTime now = clock_.SteadyNow();
  if (now < next_prune_) return;
  next_prune_ = now + kPruneEvery;
  returns_.Prune(now);
  backoff_.Prune(now);
}

void CloseHistory::FailUnresolved(const std::function<bool(const std::string& server)>& filter) {
  for (const UnresolvedClose& close : unresolved_.TakeIf(filter)) {
    recorder_.RecordOutcome({.intent_id = close.intent_id,
                             .at = clock_.SteadyNow(),
                             .outcome = Outcome::kFailed,
                             .message = "the close was sent, but the server is no longer in the settings: whether the "
                                        "sessions were closed is unknown",
                             .intent = close.intent});
  }
}

BreakerStatus CloseHistory::StatusOf(const ServerBreaker& entry, SteadyTime now) {
  const BreakerState state = entry.breaker.state(now);
  if (state == BreakerState::kClosed) return {};
  return {state, entry.why, entry.breaker.open_until()};
}

BreakerStatus CloseHistory::breaker(absl::string_view server, SteadyTime now) const {
  const auto found = breakers_.find(server);
  return found == breakers_.end() ? BreakerStatus{} : StatusOf(found->second, now);
}

std::map<std::string, BreakerStatus> CloseHistory::servers_with_open_breaker() const {
  std::map<std::string, BreakerStatus> open;
  for (const auto& [server, entry] : breakers_) {
    BreakerStatus status = StatusOf(entry, clock_.SteadyNow());
    if (status.state != BreakerState::kClosed) open.emplace(server, std::move(status));
  }
  return open;
}

}  // namespace idlewarden::agent
