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

// When to verify a close, each counted from the enumeration before: about two seconds in all. Samba's sessions were
// seen to vanish within 0.3 s.
constexpr std::array<int, 6> kVerifyAfterMilliseconds = {0, 50, 150, 350, 550, 650};

// A verification waits so long for those of the server's other pairs, to share an enumeration with them.
constexpr absl::Duration kGatherVerifications = absl::Milliseconds(50);

bool SaysNoSuchSession(const absl::Status& status) {
  const uint32_t error = WindowsErrorOf(status);
  return error == kNerrClientNameNotFound || error == kNerrUserNotFound;
}

// Failures of the way to the server, not of the request: worth another try.
bool MayPass(const absl::Status& status) {
  const std::string cause = CauseOf(status);
  return cause == "timeout" || cause == "disconnected" || cause == "unreachable" || cause == "refused" ||
         cause == "name-resolution" || cause == "worker";
}

}  // namespace

CloseAttempt::CloseAttempt(Parts parts, SessionServer& server, QueuedClose entry)
    : parts_(std::move(parts)),
      server_(server),
      entry_(std::move(entry)),
      started_at_(parts_.loop.SteadyNow()),
      asked_at_(started_at_),
      filtered_asked_at_(started_at_),
      rechecked_at_(started_at_) {}

void CloseAttempt::Start() { Enumerate(State::kRecheck, /*whole=*/false, absl::ZeroDuration()); }

void CloseAttempt::Enumerate(State state, bool whole, absl::Duration may_wait) {
  state_ = state;
  parts_.rechecks.Recheck(server_, {.client = entry_.intent.client, .whole = whole, .may_wait = may_wait},
                          lifetime_.Guard([this](const RecheckResult& result) { OnRecheck(result); }));
}

void CloseAttempt::OnRecheck(const RecheckResult& result) {
  asked_at_ = result.asked_at;
  const Seen seen = SeenIn(result);
  switch (state_) {
    case State::kRecheck:
    case State::kRecheckUnfiltered:
    case State::kConfirmEmpty:
      return OnBeforeClose(seen);
    case State::kVerifying:
      return OnVerification(seen);
    case State::kClosing:
    case State::kDone:
      break;
  }
}

CloseAttempt::Seen CloseAttempt::SeenIn(const RecheckResult& result) const {
  if (!result.enumeration.ok()) {
    if (!result.whole && SaysNoSuchSession(result.enumeration.status())) return {.of_client = Enumeration()};
    return {.of_client = result.enumeration.status(), .whole = result.whole};
  }
  const Enumeration& all = **result.enumeration;
  Enumeration of_client{.level = all.level, .close_scope = all.close_scope, .reports_idle = all.reports_idle};
  std::copy_if(all.sessions.begin(), all.sessions.end(), std::back_inserter(of_client.sessions),
               [this](const policy::Session& s) { return policy::SameClient(s.client, entry_.intent.client); });
  return {.of_client = std::move(of_client), .whole = result.whole, .nobody = result.whole && all.sessions.empty()};
}

void CloseAttempt::OnBeforeClose(const Seen& seen) {
  if (!seen.of_client.ok()) return OnRecheckFailed(seen.of_client.status());
  const std::vector<policy::Session> pair = OfPair(entry_.intent, seen.of_client->sessions);
  if (state_ == State::kRecheck && !seen.whole && pair.empty()) {
    filtered_asked_at_ = asked_at_;
    return Enumerate(State::kRecheckUnfiltered, /*whole=*/true, absl::ZeroDuration());
  }
  if (state_ == State::kRecheckUnfiltered) NoteHiddenByFilter(pair);
  // Servers were seen to answer with an empty list by mistake.
  if (seen.nobody && state_ != State::kConfirmEmpty) {
    return Enumerate(State::kConfirmEmpty, /*whole=*/true, absl::ZeroDuration());
  }
  DecideAgain(seen);
}

void CloseAttempt::OnRecheckFailed(const absl::Status& error) {
  if (MayPass(error)) return Finish({.kind = AttemptResult::Kind::kRecheckFailed, .error = error});
  const bool denied = WindowsErrorOf(error) == kErrorAccessDenied;
  Finish(denied ? Outcome::kDenied : Outcome::kFailed, "the re-check before the close failed", error);
}

void CloseAttempt::NoteHiddenByFilter(const std::vector<policy::Session>& pair) {
  const absl::Duration ago = parts_.loop.SteadyNow() - filtered_asked_at_;
  // A session that came in between was not hidden.
  const bool was_there = std::any_of(pair.begin(), pair.end(), [&](const policy::Session& session) {
    return !session.age_seconds.has_value() || absl::Seconds(*session.age_seconds) > ago + absl::Seconds(1);
  });
  if (!was_there) return;
  Log(LogLevel::kWarning, "client-filter-unreliable",
      {{"server", entry_.intent.server}, {"client", entry_.intent.client}});
  parts_.rechecks.DistrustFilter(entry_.intent.server);
}

std::vector<policy::Session> CloseAttempt::ApplyRecheck(const Enumeration& of_client) {
  parts_.updates.ApplyRecheck(entry_.intent.server, entry_.intent.client, of_client);
  return OfPair(entry_.intent, of_client.sessions);
}

void CloseAttempt::DecideAgain(const Seen& seen) {
  rechecked_at_ = parts_.loop.SteadyNow();
  const std::vector<policy::Session> pair = ApplyRecheck(*seen.of_client);
  filter_shows_pair_ = !seen.whole && !pair.empty();
  if (pair.empty()) return Finish(Outcome::kGoneAlready, "the sessions had ended before the close");
  const Verdict verdict = parts_.decisions.Reevaluate(entry_.intent.server, entry_.intent.client, entry_.intent.user);
  if (!verdict.close) {
    // Under another policy than the plan's it may be that alone which keeps them.
    const bool active = verdict.became_active && verdict.policy_hash == entry_.intent.policy_hash;
    return Finish(active ? Outcome::kBecameActive : Outcome::kWithdrawn, verdict.why);
  }
  TakeVerdict(verdict, *seen.of_client, pair);
  // Of the pair: the agent's connection is shared with nobody, so nobody else's close ends it.
  if (std::any_of(pair.begin(), pair.end(), [](const policy::Session& session) { return session.own; })) {
    return Finish(Outcome::kFailed, "refused: it would end the agent's own session");
  }
  Close(pair.front());
}

void CloseAttempt::TakeVerdict(const Verdict& verdict, const Enumeration& of_client,
                               const std::vector<policy::Session>& pair) {
  entry_.intent.scope = verdict.scope;
  entry_.intent.sessions = verdict.scope == policy::CloseScope::kClient ? of_client.sessions : pair;
  entry_.intent.rule = verdict.rule;
  entry_.intent.required = verdict.required;
  entry_.intent.policy_hash = verdict.policy_hash;
  least_age_seconds_ = LeastAgeSeconds(pair);
}

void CloseAttempt::Close(const policy::Session& session) {
  if (!policy::CanNameClient(session.client) || !policy::CanNameUser(session.user)) {
    return Finish(Outcome::kFailed, "refused: an empty client or user would close everybody's sessions");
  }
  if (RecheckIsTooOld()) return FinishTooLate();
  switch (parts_.admit()) {
    case Admission::kSend:
      break;
    case Admission::kShut:
      return Finish({.kind = AttemptResult::Kind::kNotAdmitted});
    case Admission::kNotRecorded:
      return Finish({.kind = AttemptResult::Kind::kNotRecorded,
                     .error = absl::UnavailableError("it could not be recorded that the close is sent")});
  }
  if (RecheckIsTooOld()) return FinishTooLate();  // a disk may take its time
  state_ = State::kClosing;
  CloseRequest request{.client = session.client, .user = session.user, .timeout = parts_.timeout};
  parts_.calls.Close(server_, request, lifetime_.Guard([this](absl::Status status) {
    answer_ = std::move(status);
    VerifyIn(absl::ZeroDuration());
  }));
}

bool CloseAttempt::RecheckIsTooOld() const { return parts_.loop.SteadyNow() - asked_at_ > kRecheckIsGoodFor; }

void CloseAttempt::FinishTooLate() {
  Finish({.kind = AttemptResult::Kind::kRecheckTooOld,
          .error = ServerError(absl::StatusCode::kDeadlineExceeded, "timeout", 0,
                               "the re-check before the close was answered too late to act on")});
}

void CloseAttempt::VerifyIn(absl::Duration delay) {
  // A filter that was not seen to show the pair could hide that it is still there.
  parts_.loop.RunAt(parts_.loop.SteadyNow() + delay, lifetime_.Guard([this] {
    Enumerate(State::kVerifying, /*whole=*/!filter_shows_pair_, kGatherVerifications);
  }));
}

void CloseAttempt::OnVerification(const Seen& seen) {
  const bool last = ++verifications_ >= kVerifyAfterMilliseconds.size();
  if (!seen.of_client.ok()) {
    if (last) return Finish(VerifyUnseen(answer_), answer_.ok() ? seen.of_client.status() : answer_);
  } else if (seen.nobody && !last && !seen_gone_) {
    // Not applied before another enumeration agrees: other pairs would be taken to have gone by it.
    seen_gone_ = true;
  } else {
    const std::vector<policy::Session> pair = ApplyRecheck(*seen.of_client);
    const bool gone = AreGone({least_age_seconds_, parts_.loop.SteadyNow() - rechecked_at_, pair});
    if (gone && (last || !NeedsConfirmation())) {
      return Finish(VerifyGone(answer_, /*pair_is_back=*/!pair.empty()), answer_);
    }
    if (!gone && last) return Finish(VerifyStillThere(answer_), answer_);
    seen_gone_ = gone;
  }
  VerifyIn(absl::Milliseconds(kVerifyAfterMilliseconds[verifications_]));
}

void CloseAttempt::Finish(Verified verified, absl::Status error) {
  Finish({.outcome = verified.outcome,
          .returned = verified.returned,
          .error = std::move(error),
          .message = std::move(verified.message)});
}

void CloseAttempt::Finish(Outcome outcome, std::string message, absl::Status error) {
  Finish({.outcome = outcome, .error = std::move(error), .message = std::move(message)});
}

void CloseAttempt::Finish(AttemptResult result) {
  state_ = State::kDone;
  result.rechecked_at = rechecked_at_;
  result.least_age_seconds = least_age_seconds_;
  auto done = std::move(parts_.done);
  done(std::move(result));
}

}  // namespace idlewarden::agent
