// What really became of a close: the one place that compares the sessions of a pair before it with those that are seen
// afterwards. The gate, the closes that an earlier run left open, the watch for pairs that come back and the utility
// netsessiondel all ask here.
//
// The server's answer alone proves nothing. Samba answers success before it has closed, and ERROR_ACCESS_DENIED where
// nothing matched as well as where it refuses; an answer may be lost on its way. There is no session id either: only
// its age tells a session that was to be closed from one that the same user has opened since.
//
// Pure functions.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_CLOSE_VERDICT_H_
#define IDLEWARDEN_AGENT_EXECUTOR_CLOSE_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/executor/journal/close_record.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

// As `returned` is defined: the pair is back with a session that began within this long of the close.
inline constexpr absl::Duration kReturnWindow = absl::Minutes(1);

// The message of that outcome.
inline constexpr char kReturnedMessage[] = "the pair is back with a new session";

// Whether the session began after the moment, `ago` before it was seen, at which the youngest of the pair's sessions
// was `least_age_seconds` old. False where an age is unknown. Servers round ages differently, so a second's difference
// proves nothing.
bool BeganSince(const policy::Session& session, std::optional<int64_t> least_age_seconds, absl::Duration ago);

// A pair before a close and at a later enumeration.
struct CloseEvidence {
  // The pair's least age when it was enumerated right before the close; nullopt if an age was unknown.
  std::optional<int64_t> least_age_before;
  // From that enumeration to the one that shows `now`.
  absl::Duration elapsed;
  // The pair's sessions.
  const std::vector<policy::Session>& now;
};

// Whether none of the sessions that were to be closed is there any more; whoever is there has come since. Certain only
// where ages are known: an unknown age counts as one of them.
bool AreGone(const CloseEvidence& evidence);

// What follows, with a sentence for people.
struct Verified {
  Outcome outcome = Outcome::kFailed;
  bool returned = false;  // closed, and the pair is back already
  std::string message;
};

// `answer`: what the server answered to the close.
// The sessions are gone, by the last enumeration that was made for it.
Verified VerifyGone(const absl::Status& answer, bool pair_is_back);
// They are still there, after all the time that a server may take to close them.
Verified VerifyStillThere(const absl::Status& answer);
// No enumeration after the close was answered.
Verified VerifyUnseen(const absl::Status& answer);

// Of a close whose answer nobody read, because the agent ended as it was sent. `ages_known`: of the pair, before and
// now.
Verified VerifyUnanswered(bool gone, bool ages_known);

// Whether the session, which is none of those that were closed, is a return of its pair: it began no later than
// kReturnWindow after the close. `seen_after_close` is the time from the close to the enumeration that shows it.
bool IsReturn(const policy::Session& session, std::optional<int64_t> least_age_before, absl::Duration seen_after_close);

// Whether the close may have reached the server although its answer did not reach us.
bool MayHaveArrived(const absl::Status& answer);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_CLOSE_VERDICT_H_
