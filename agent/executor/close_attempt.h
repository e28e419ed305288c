// CloseAttempt: one pair's way through the gate: re-check, decide again, close, verify.
//
//   kRecheck ──► kRecheckUnfiltered ──► kConfirmEmpty        the pair right before the close
//       └────────────────┴───────────────────┴──► kClosing   NetSessionDel with the server's own spelling, once
//                                                    └──► kVerifying (several times) ──► kDone
//
// A filtered re-check that does not show the pair proves nothing before an unfiltered one agrees: servers were seen
// that do not match their own spelling. An answer without any session is asked for once more. The close is sent at most
// once; whatever it answers, only an enumeration tells what happened (close_verdict.h), and a Samba server closes after
// it has answered. Whatever the verdict, the agent's own session is not closed. Destroying an attempt abandons it
// without an outcome.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_CLOSE_ATTEMPT_H_
#define IDLEWARDEN_AGENT_EXECUTOR_CLOSE_ATTEMPT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/lifetime.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/close_queue.h"
#include "agent/executor/close_verdict.h"
#include "agent/executor/decision_source.h"
#include "agent/executor/journal/close_record.h"
#include "agent/executor/recheck_scheduler.h"
#include "agent/servers/server_calls.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

// How an attempt ended.
struct AttemptResult {
  enum class Kind {
    kOutcome,        // `outcome` and the fields below it say how
    kRecheckFailed,  // before the close, for a reason that may pass; nothing was asked to close
    kNotAdmitted,    // the gate was shut (paused) when it came to closing; nothing was asked to close
    kRecheckTooOld,  // its answer came too late to stand for the present; nothing was asked to close
    kNotRecorded,    // the journal could not record that the close is sent, so it was not
  };
  Kind kind = Kind::kOutcome;
  Outcome outcome = Outcome::kFailed;
  bool returned = false;  // closed, and already back when that was verified
  absl::Status error;     // of the close, or of the re-check that failed
  std::string message;
  // Of the re-check before the close, and the pair's least age then: what tells its sessions from younger ones.
  SteadyTime rechecked_at;
  std::optional<int64_t> least_age_seconds;
};

// What the gate says at the instant of the close.
enum class Admission {
  kSend,         // it is recorded that the close is sent
  kShut,         // paused, stopping, or the plan has changed
  kNotRecorded,  // nothing would prove it
};

class CloseAttempt {
 public:
  struct Parts {
    EventLoop& loop;
    ServerCalls& calls;
    RecheckScheduler& rechecks;
    DecisionSource& decisions;
    SessionUpdates& updates;
    absl::Duration timeout;  // of each call
    // Asked at the instant of the close. Takes the tokens.
    std::function<Admission()> admit;
    // Called once, as the attempt's last act: may destroy it.
    std::function<void(AttemptResult)> done;
  };

  CloseAttempt(Parts parts, SessionServer& server, QueuedClose entry);

  void Start();

  const QueuedClose& entry() const { return entry_; }
  QueuedClose& mutable_entry() { return entry_; }
  SteadyTime started_at() const { return started_at_; }
  SteadyTime rechecked_at() const { return rechecked_at_; }

  // An enumeration stands for the present for this long, counted from its request: whoever was idle then may work by
  // now. An answer can come late because the server is slow, or because this process did not run for a while.
  static constexpr absl::Duration kRecheckIsGoodFor = absl::Seconds(5);

 private:
  enum class State {
    kRecheck,            // filtered by the pair's client
    kRecheckUnfiltered,  // as the first one did not show the pair
    kConfirmEmpty,       // as nobody at all was there
    kClosing,
    kVerifying,
    kDone,
  };

  // What a re-check shows.
  struct Seen {
    absl::StatusOr<Enumeration> of_client;
    bool whole = false;   // it was not filtered
    bool nobody = false;  // no session of any client
  };

  // Enumerates; OnRecheck comes with `state`.
  void Enumerate(State state, bool whole, absl::Duration may_wait);
  void OnRecheck(const RecheckResult& result);
  // A filtered enumeration that finds nothing may say so by an error.
  Seen SeenIn(const RecheckResult& result) const;

  void OnBeforeClose(const Seen& seen);
  void OnRecheckFailed(const absl::Status& error);
  void NoteHiddenByFilter(const std::vector<policy::Session>& pair);
  void DecideAgain(const Seen& seen);
  void TakeVerdict(const Verdict& verdict, const Enumeration& of_client, const std::vector<policy::Session>& pair);
  void Close(const policy::Session& session);
  bool RecheckIsTooOld() const;

  void VerifyIn(absl::Duration delay);
  void OnVerification(const Seen& seen);
  // The sessions are gone; one more enumeration has to confirm it, as nothing else says that the close has worked.
  bool NeedsConfirmation() const { return !seen_gone_ && !answer_.ok(); }

  // Hands the client's sessions to whoever keeps them and returns the pair's.
  std::vector<policy::Session> ApplyRecheck(const Enumeration& of_client);
  void Finish(Verified verified, absl::Status error);
  void Finish(Outcome outcome, std::string message, absl::Status error = absl::OkStatus());
  void FinishTooLate();
  void Finish(AttemptResult result);

  Parts parts_;
  SessionServer& server_;
  QueuedClose entry_;

  State state_ = State::kRecheck;
  SteadyTime started_at_;
  SteadyTime asked_at_;             // of the latest enumeration
  SteadyTime filtered_asked_at_;    // of the first, filtered one
  bool filter_shows_pair_ = false;  // a filtered enumeration has shown it
  SteadyTime rechecked_at_;
  std::optional<int64_t> least_age_seconds_;
  absl::Status answer_;  // of the server to the close
  size_t verifications_ = 0;
  bool seen_gone_ = false;  // by the verification before
  Lifetime lifetime_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_CLOSE_ATTEMPT_H_
