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

CloseHistory::CloseHistory(const Clock& clock, const Options& options, Journal& journal)
    : clock_(clock), options_(options), journal_(journal), open_(options.patience), rests_(options.rests) {}

bool CloseHistory::MayQueue(const policy::PairKey& key) const {
  const absl::Time now = clock_.SteadyNow();
  if (rests_.InBackoff(key, now) || returns_.IsJustClosed(key, now)) return false;
  if (open_.Contains(key)) return false;  // never twice before the outcome of the first is known
  return breaker(key.server, now).state != BreakerState::kOpen;
}

bool CloseHistory::MayBegin(const std::string& server, absl::Time now) const {
  const auto found = breakers_.find(server);
  return found == breakers_.end() || found->second.breaker.MayBegin(now);
}

void CloseHistory::Begins(const std::string& server) {
  const auto found = breakers_.find(server);
  if (found != breakers_.end()) found->second.breaker.Begin(clock_.SteadyNow());
}

void CloseHistory::Abstained(const std::string& server) {
  const auto found = breakers_.find(server);
  if (found != breakers_.end()) found->second.breaker.Abstained();
}

void CloseHistory::Succeeded(const std::string& server) {
  const auto found = breakers_.find(server);
  if (found == breakers_.end()) return;
  if (found->second.breaker.Succeeded()) Log(LogLevel::kInfo, "breaker-closed", {{"server", server}});
  breakers_.erase(found);
}

void CloseHistory::TellBreaker(const std::string& server, const CloseOutcome& outcome) {
  if (outcome.outcome == Outcome::kClosed) return Succeeded(server);
  const bool denied = outcome.outcome == Outcome::kDenied;
  if (!denied && !IsTheServersFailure(outcome)) return Abstained(server);
  ServerBreaker& entry = breakers_.try_emplace(server, ServerBreaker{Breaker(options_.breaker), ""}).first->second;
  if (!(denied ? entry.breaker.Denied(outcome.at) : entry.breaker.Failed(outcome.at))) return;
  entry.why = outcome.message;
  Log(LogLevel::kWarning, "breaker-opened",
      {{"server", server}, {"why", entry.why}, {"until", clock_.WallTimeOf(entry.breaker.open_until())}});
}

void CloseHistory::Finished(const policy::PairKey& key, CloseOutcome outcome, const AttemptResult& result) {
  TellBreaker(key.server, outcome);  // first: who is told of the outcome may ask for the breaker
  journal_.WriteOutcome(outcome);
  if (outcome.outcome == Outcome::kClosed) {
    returns_.AddClosed(key, outcome, result.looked_at, result.least_age_seconds);
    rests_.AfterClose(key, outcome.at);
  }
  if (WentWrong(outcome.outcome)) rests_.AfterFailure(key, outcome.at);
  if (!result.returned) return;
  returns_.MarkReturned(key);
  outcome.outcome = Outcome::kReturned;
  outcome.message = "the pair is back with a new session";
  WriteReturned(key, outcome);
}

void CloseHistory::WriteReturned(const policy::PairKey& key, const CloseOutcome& outcome) {
  journal_.WriteOutcome(outcome);
  const absl::Duration rest = rests_.AfterReturn(key, outcome.at);
  if (rest == absl::ZeroDuration()) return;
  const CloseIntent& intent = outcome.intent;
  Log(LogLevel::kWarning, "pair-backs-off",
      {{"server", intent.server}, {"client", intent.client}, {"user", intent.user}, {"for", rest}});
}

void CloseHistory::Observe(absl::string_view server, absl::Time began, std::vector<policy::Session>& sessions) {
  ObserveOpen(server, began, sessions);
  for (const CloseOutcome& outcome : returns_.Observe(server, began, sessions)) {
    WriteReturned(policy::PairKeyOf(server, outcome.intent.client, outcome.intent.user), outcome);
  }
  returns_.DropClosedSince(server, began, sessions);
}

void CloseHistory::ObserveOpen(absl::string_view server, absl::Time began,
                               const std::vector<policy::Session>& sessions) {
  for (const CloseOutcome& outcome : open_.Observe(server, began, sessions, clock_.SteadyNow())) {
    const policy::PairKey key = policy::PairKeyOf(server, outcome.intent.client, outcome.intent.user);
    if (outcome.outcome == Outcome::kReturned) {
      WriteReturned(key, outcome);
      continue;
    }
    journal_.WriteOutcome(outcome);
    if (outcome.outcome == Outcome::kClosed) rests_.AfterClose(key, outcome.at);
    if (WentWrong(outcome.outcome)) rests_.AfterFailure(key, outcome.at);
  }
}

void CloseHistory::Prune() {
  const absl::Time now = clock_.SteadyNow();
  if (now < next_prune_) return;
  next_prune_ = now + kPruneEvery;
  returns_.Prune(now);
  rests_.Prune(now);
}

void CloseHistory::FailUnresolved(const std::function<bool(const std::string& server)>& filter) {
  for (const UnresolvedClose& close : open_.TakeIf(filter)) {
    journal_.WriteOutcome({.intent_id = close.intent_id,
                           .at = clock_.SteadyNow(),
                           .outcome = Outcome::kFailed,
                           .message = "the close was sent, but the server is no longer in the settings: whether the "
                                      "sessions were closed is unknown",
                           .intent = close.intent});
  }
}

BreakerStatus CloseHistory::StatusOf(const ServerBreaker& entry, absl::Time now) {
  const BreakerState state = entry.breaker.state(now);
  if (state == BreakerState::kClosed) return {};
  return {state, entry.why, entry.breaker.open_until()};
}

BreakerStatus CloseHistory::breaker(absl::string_view server, absl::Time now) const {
  const auto found = breakers_.find(server);
  return found == breakers_.end() ? BreakerStatus{} : StatusOf(found->second, now);
}

std::map<std::string, BreakerStatus> CloseHistory::servers_with_open_breaker() const {
  std::map<std::string, BreakerStatus> resting;
  for (const auto& [server, entry] : breakers_) {
    BreakerStatus status = StatusOf(entry, clock_.SteadyNow());
    if (status.state != BreakerState::kClosed) resting.emplace(server, std::move(status));
  }
  return resting;
}

}  // namespace idlewarden::agent
