// What is kept of one attempt to close a pair: the intent, written before anything is asked of the server, and the
// verified outcome. Two records, because a line written before the act can only guess how it ended.
//
// Times are steady ones; whoever shows or keeps them converts them. Plain values, no thread rule.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_CLOSE_RECORD_H_
#define IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_CLOSE_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

enum class Outcome : uint8_t {
  kClosed,        // closed by the agent, and seen to be gone
  kGoneAlready,   // gone before the agent closed it
  kBecameActive,  // the re-check right before the close found the sessions changed: the policy no longer closes them
  kWithdrawn,     // the agent took the close back before it was sent: a newer plan or policy does not want it, an
                  // operator spoke, the server left the settings, the agent is stopping. Nobody became active
  kSurvived,      // the server answered success, and the sessions are still there
  kDenied,        // ERROR_ACCESS_DENIED, and the sessions are still there
  kFailed,        // any other error, or the outcome could not be verified
  kExpired,       // queued for longer than its time to live; nothing was asked of the server
  kRefused,       // the executor would not send it: it would end more than was decided
  kReturned,      // after kClosed: the same pair is back within a minute
};

// The words of log, metrics and status: "closed", "gone-already", …
absl::string_view OutcomeName(Outcome outcome);

// A pair, and why it is to be closed.
struct CloseIntent {
  std::string server;
  std::string client;  // as the server spelled it
  std::string user;
  std::optional<std::string> connection;  // as in policy::PairKey
  policy::CloseScope scope = policy::CloseScope::kPair;
  // Of the whole scope, as last measured: the values that the decision stands on.
  std::vector<policy::Session> sessions;
  std::string rule;
  std::string required;  // what the rule asks for: "idle at least 30m"
  std::string plan_id;
  std::string policy_hash;
};

struct CloseOutcome {
  int64_t intent_id = 0;  // as the journal numbered it
  SteadyTime at;
  Outcome outcome = Outcome::kFailed;
  bool never_sent = false;     // nothing was asked of the server
  uint32_t windows_error = 0;  // of the close, or of the re-check that failed; 0: none
  std::string cause;           // metric label of server_error.h; empty without an error
  std::string message;         // one sentence for people
  absl::Duration duration;     // since the pair left the queue; zero if it never did
  CloseIntent intent;          // with the sessions as last enumerated; none for kReturned
};

// A close that was sent, or was just about to be, when the process that knew of it ended: its outcome is to be found.
struct UnresolvedClose {
  int64_t intent_id = 0;
  CloseIntent intent;  // sessions: as the re-check right before the close found them
  SteadyTime rechecked_at;
  SteadyTime sent_at;
};

// The smallest idle time (age) among `sessions`: what decides for all of them. Unknown if it is
// unknown for one of them, or there is none.
std::optional<int64_t> LeastIdleSeconds(const std::vector<policy::Session>& sessions);
std::optional<int64_t> LeastAgeSeconds(const std::vector<policy::Session>& sessions);

// Those of the intent's pair, whatever the spelling.
std::vector<policy::Session> OfPair(const CloseIntent& intent, const std::vector<policy::Session>& sessions);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_JOURNAL_CLOSE_RECORD_H_
