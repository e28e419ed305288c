#include "agent/executor/close_attempt.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "agent/log/log.h"
#include "agent/servers/server_error.h"
#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

// When to look after a close, each counted from the look before: about two seconds in all. Samba's sessions were seen
// to vanish within 0.3 s.
constexpr std::array<int, 6> kLookAfterMilliseconds = {0, 50, 150, 350, 550, 650};

// A look after a close waits so long for the other pairs of its server, to share theirs.
constexpr absl::Duration kGatherLooksAfter = absl::Milliseconds(50);

bool SaysNoSuchSession(const absl::Status& status) {
  const uint32_t error = WindowsErrorOf(status);
  return error == kNerrClientNameNotFound || error == kNerrUserNotFound;
}

// Failures of the way to the server, not of the request: worth another try of a look.
bool MayPass(const absl::Status& status) {
  const std::string cause = CauseOf(status);
  return cause == "timeout" || cause == "disconnected" || cause == "unreachable" || cause == "refused" ||
         cause == "name-resolution" || cause == "worker";
}

// Whether the close may have reached the server although its answer did not reach us.
bool MayHaveArrived(const absl::Status& status) {
  const std::string cause = CauseOf(status);
  return cause == "timeout" || cause == "disconnected" || cause == "worker";
}

bool IsWildcard(const policy::Session& session) {
  return policy::CanonicalClient(session.client).empty() || session.user.empty();
}

}  // namespace

CloseAttempt::CloseAttempt(Parts parts, SessionServer& server, QueuedClose entry)
    : parts_(std::move(parts)),
      server_(server),
      entry_(std::move(entry)),
      started_at_(parts_.loop.SteadyNow()),
      look_asked_at_(started_at_),
      filtered_look_asked_at_(started_at_),
      looked_at_(started_at_) {}

void CloseAttempt::Start() { Look(&CloseAttempt::OnFirstLook, /*whole=*/false, absl::ZeroDuration()); }

void CloseAttempt::Look(LookStep next, bool whole, absl::Duration may_wait) {
  parts_.looks.Ask(server_, {.client = entry_.intent.client, .whole = whole, .may_wait = may_wait},
                   [this, next, alive = std::weak_ptr<bool>(alive_)](const RecheckResult& answer) {
                     if (alive.expired()) return;
                     look_asked_at_ = answer.asked_at;
                     look_was_whole_ = answer.whole;
                     look_showed_nobody_ = answer.whole && answer.look.ok() && (*answer.look)->sessions.empty();
                     (this->*next)(OfClient(answer));
                   });
}

absl::StatusOr<Enumeration> CloseAttempt::OfClient(const RecheckResult& answer) const {
  if (!answer.look.ok()) {
    if (!answer.whole && SaysNoSuchSession(answer.look.status())) return Enumeration();
    return answer.look.status();
  }
  const Enumeration& all = **answer.look;
  Enumeration of_client{.level = all.level, .close_scope = all.close_scope, .reports_idle = all.reports_idle};
  std::copy_if(all.sessions.begin(), all.sessions.end(), std::back_inserter(of_client.sessions),
               [this](const policy::Session& s) { return policy::SameClient(s.client, entry_.intent.client); });
  return of_client;
}

std::vector<policy::Session> CloseAttempt::OfPair(const Enumeration& of_client) const {
  std::vector<policy::Session> pair;
  std::copy_if(of_client.sessions.begin(), of_client.sessions.end(), std::back_inserter(pair),
               [this](const policy::Session& session) { return policy::SameUser(session.user, entry_.intent.user); });
  return pair;
}

std::vector<policy::Session> CloseAttempt::ApplyRecheck(const Enumeration& of_client) {
  parts_.redecider.ApplyRecheck(entry_.intent.server, entry_.intent.client, of_client);
  return OfPair(of_client);
}

void CloseAttempt::OnFirstLook(const absl::StatusOr<Enumeration>& of_client) {
  if (!of_client.ok()) return OnFirstLookFailed(of_client.status());
  if (!look_was_whole_ && OfPair(*of_client).empty()) return LookWithoutFilter();
  DecideAgain(*of_client);
}

void CloseAttempt::OnFirstLookFailed(const absl::Status& error) {
  if (MayPass(error)) return Finish({.kind = AttemptResult::Kind::kLookFailed, .error = error});
  const bool denied = WindowsErrorOf(error) == kErrorAccessDenied;
  Finish(denied ? Outcome::kDenied : Outcome::kFailed, "the look before the close failed", error);
}

void CloseAttempt::LookWithoutFilter() {
  filtered_look_asked_at_ = look_asked_at_;
  Look(&CloseAttempt::OnLookWithoutFilter, /*whole=*/true, absl::ZeroDuration());
}

void CloseAttempt::OnLookWithoutFilter(const absl::StatusOr<Enumeration>& of_client) {
  if (!of_client.ok()) return OnFirstLookFailed(of_client.status());
  const absl::Duration ago = parts_.loop.SteadyNow() - filtered_look_asked_at_;
  const std::vector<policy::Session> pair = OfPair(*of_client);
  // Not one that came in between: it was there, and the filter hid it.
  const bool was_there = std::any_of(pair.begin(), pair.end(), [&](const policy::Session& session) {
    return !session.age_seconds.has_value() || absl::Seconds(*session.age_seconds) > ago + absl::Seconds(1);
  });
  if (was_there) {
    Log(LogLevel::kWarning, "client-filter-unreliable",
        {{"server", entry_.intent.server}, {"client", entry_.intent.client}});
    parts_.looks.DistrustFilter(entry_.intent.server);
  }
  DecideAgain(*of_client);
}

void CloseAttempt::OnLookOnceMore(const absl::StatusOr<Enumeration>& of_client) {
  if (!of_client.ok()) return OnFirstLookFailed(of_client.status());
  DecideAgain(*of_client);
}

void CloseAttempt::DecideAgain(const Enumeration& of_client) {
  if (look_showed_nobody_ && !std::exchange(nobody_doubted_, true)) {
    return Look(&CloseAttempt::OnLookOnceMore, /*whole=*/true, absl::ZeroDuration());
  }
  looked_at_ = parts_.loop.SteadyNow();
  const std::vector<policy::Session> pair = ApplyRecheck(of_client);
  filter_proven_ = !look_was_whole_ && !pair.empty();
  if (pair.empty()) return Finish(Outcome::kGoneAlready, "the sessions had gone before the close");
  const Verdict verdict = parts_.redecider.Reevaluate(entry_.intent.server, entry_.intent.client, entry_.intent.user);
  if (!verdict.close) return Finish(Outcome::kBecameActive, verdict.why);
  entry_.intent.scope = verdict.scope;
  entry_.intent.sessions = verdict.scope == policy::CloseScope::kClient ? of_client.sessions : pair;
  entry_.intent.rule = verdict.rule;
  entry_.intent.required = verdict.required;
  entry_.intent.policy_hash = verdict.policy_hash;
  least_age_seconds_ = LeastAgeSeconds(pair);
  // Of the pair: the agent's connection is shared with nobody, so nobody else's close ends it.
  if (std::any_of(pair.begin(), pair.end(), [](const policy::Session& session) { return session.own; })) {
    return Finish(Outcome::kFailed, "refused: it would end the agent's own session");
  }
  Close(pair.front());
}

void CloseAttempt::Close(const policy::Session& session) {
  if (IsWildcard(session)) {
    return Finish(Outcome::kFailed, "refused: an empty client or user would close everybody's sessions");
  }
  if (LookIsTooOld()) return FinishTooLate();
  switch (parts_.admit()) {
    case Admission::kSend:
      break;
    case Admission::kShut:
      return Finish({.kind = AttemptResult::Kind::kNotAdmitted});
    case Admission::kNotRecorded:
      return Finish({.kind = AttemptResult::Kind::kNotRecorded,
                     .error = absl::UnavailableError("it could not be recorded that the close is sent")});
  }
  if (LookIsTooOld()) return FinishTooLate();  // a disk may take its time
  CloseRequest request{.client = session.client, .user = session.user, .timeout = parts_.timeout};
  parts_.calls.Close(server_, request, [this, alive = std::weak_ptr<bool>(alive_)](absl::Status status) {
    if (alive.expired()) return;
    closed_ = std::move(status);
    LookAfter(absl::ZeroDuration());
  });
}

bool CloseAttempt::LookIsTooOld() const { return parts_.loop.SteadyNow() - look_asked_at_ > kLookIsGoodFor; }

void CloseAttempt::FinishTooLate() {
  Finish({.kind = AttemptResult::Kind::kLookTooOld,
          .error = ServerError(absl::StatusCode::kDeadlineExceeded, "timeout", 0,
                               "the look before the close was answered too late to act on")});
}

void CloseAttempt::LookAfter(absl::Duration delay) {
  parts_.loop.RunAt(parts_.loop.SteadyNow() + delay, [this, alive = std::weak_ptr<bool>(alive_)] {
    // A filter that was not seen to show the pair could hide that it is still there.
    if (!alive.expired()) Look(&CloseAttempt::OnLookAfter, /*whole=*/!filter_proven_, kGatherLooksAfter);
  });
}

void CloseAttempt::OnLookAfter(const absl::StatusOr<Enumeration>& of_client) {
  const bool last = ++looks_after_ >= kLookAfterMilliseconds.size();
  if (!of_client.ok()) {
    if (last) return Finish(LookAfterFailed(of_client.status()));
  } else if (look_showed_nobody_ && !last && !seen_gone_) {
    // Not taken over before another look says so, too: others would be taken to have gone by it.
    seen_gone_ = true;
  } else {
    const std::vector<policy::Session> pair = ApplyRecheck(*of_client);
    const bool gone =
        std::all_of(pair.begin(), pair.end(), [this](const policy::Session& session) { return IsNew(session); });
    if (gone && (last || !GoneIsDoubtful())) return Finish(Gone(/*returned=*/!pair.empty()));
    if (!gone && last) return Finish(StillThere());
    seen_gone_ = gone;
  }
  LookAfter(absl::Milliseconds(kLookAfterMilliseconds[looks_after_]));
}

bool CloseAttempt::GoneIsDoubtful() const { return !seen_gone_ && !closed_.ok(); }

bool CloseAttempt::IsNew(const policy::Session& session) const {
  return IsYounger(session, least_age_seconds_, parts_.loop.SteadyNow() - looked_at_);
}

AttemptResult CloseAttempt::Gone(bool returned) const {
  AttemptResult result{.outcome = Outcome::kClosed, .returned = returned, .error = closed_, .message = "closed"};
  if (closed_.ok()) return result;
  if (MayHaveArrived(closed_)) {
    result.message = "closed, though the answer to the close was lost";
  } else {
    result.outcome = Outcome::kGoneAlready;
    result.returned = false;
    result.message = "the sessions went between the look and the close";
  }
  return result;
}

AttemptResult CloseAttempt::StillThere() const {
  if (closed_.ok()) {
    return {.outcome = Outcome::kSurvived, .message = "the server answered success, but the sessions are still there"};
  }
  if (WindowsErrorOf(closed_) == kErrorAccessDenied) {
    return {
        .outcome = Outcome::kDenied, .error = closed_, .message = "the agent's account may not close sessions there"};
  }
  return {.error = closed_,
          .message = MayHaveArrived(closed_) ? "the close was not answered, and the sessions are still there"
                                             : "the server refused the close"};
}

AttemptResult CloseAttempt::LookAfterFailed(const absl::Status& error) const {
  if (!closed_.ok()) return {.error = closed_, .message = "the close failed, and so did the looks after it"};
  return {.error = error, .message = "the server answered success, but no look after it could verify that"};
}

void CloseAttempt::Finish(Outcome outcome, std::string message, absl::Status error) {
  Finish({.outcome = outcome, .error = std::move(error), .message = std::move(message)});
}

void CloseAttempt::Finish(AttemptResult result) {
  result.looked_at = looked_at_;
  result.least_age_seconds = least_age_seconds_;
  auto done = std::move(parts_.done);
  done(std::move(result));
}

}  // namespace idlewarden::agent
