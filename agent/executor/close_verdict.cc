#include "agent/executor/close_verdict.h"

#include <algorithm>

#include "agent/servers/server_error.h"

namespace idlewarden::agent {

namespace {

// Whole seconds on either side, rounded by two clocks.
constexpr int64_t kAgeSlackSeconds = 1;

}  // namespace

bool BeganSince(const policy::Session& session, std::optional<int64_t> least_age_seconds, absl::Duration ago) {
  if (!session.age_seconds.has_value() || !least_age_seconds.has_value()) return false;
  return *session.age_seconds < *least_age_seconds + absl::ToInt64Seconds(ago) - kAgeSlackSeconds;
}

bool AreGone(const CloseEvidence& evidence) {
  return std::all_of(evidence.now.begin(), evidence.now.end(), [&](const policy::Session& session) {
    return BeganSince(session, evidence.least_age_before, evidence.elapsed);
  });
}

bool MayHaveArrived(const absl::Status& answer) {
  const std::string cause = CauseOf(answer);
  return cause == "timeout" || cause == "disconnected" || cause == "worker";
}

Verified VerifyGone(const absl::Status& answer, bool pair_is_back) {
  if (answer.ok()) return {Outcome::kClosed, pair_is_back, "closed"};
  if (MayHaveArrived(answer))
    return {Outcome::kClosed, pair_is_back, "closed, though the answer to the close was lost"};
  // The server says that it did not close them: they had ended by themselves.
  return {Outcome::kGoneAlready, false, "the sessions ended between the re-check and the close"};
}

Verified VerifyStillThere(const absl::Status& answer) {
  if (answer.ok()) {
    return {Outcome::kSurvived, false, "the server answered success, but the sessions are still there"};
  }
  if (WindowsErrorOf(answer) == kErrorAccessDenied) {
    return {Outcome::kDenied, false, "the agent's account may not close sessions there"};
  }
  return {Outcome::kFailed, false,
          MayHaveArrived(answer) ? "the close was not answered, and the sessions are still there"
                                 : "the server refused the close"};
}

Verified VerifyUnseen(const absl::Status& answer) {
  return {Outcome::kFailed, false,
          answer.ok() ? "the server answered success, which could not be verified"
                      : "the close failed and could not be verified"};
}

Verified VerifyUnanswered(bool gone, bool ages_known) {
  if (gone) return {Outcome::kClosed, false, "the agent ended as the close was sent; its sessions have gone"};
  if (ages_known) {
    return {Outcome::kSurvived, false, "the agent ended as the close was sent; its sessions are still there"};
  }
  return {Outcome::kFailed, false,
          "the agent ended as the close was sent; the pair has a session, and without its age nobody can tell whether "
          "it is a new one"};
}

bool IsReturn(const policy::Session& session, std::optional<int64_t> least_age_before,
              absl::Duration seen_after_close) {
  // Without ages it may have begun just now: then only what is seen so early counts.
  const bool ages_known = session.age_seconds.has_value() && least_age_before.has_value();
  return seen_after_close - absl::Seconds(ages_known ? *session.age_seconds : 0) <= kReturnWindow;
}

}  // namespace idlewarden::agent
