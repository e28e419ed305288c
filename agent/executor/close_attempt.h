// CloseAttempt: one pair's way through the gate: look, decide again, close, look again.
//
// Steps on the event loop: a fresh enumeration of the pair's client → the policy's verdict on it → NetSessionDel with
// the server's own spelling, once → short looks until the sessions are gone or the patience ends (a Samba server closes
// after it has answered) → the outcome. Close is sent at most once: whatever it answers, only a look tells what
// happened. A first look, filtered by client, that does not show the pair is not believed before one without a filter
// agrees: servers were seen that do not match their own spelling. Whatever the verdict, the agent's own session is not
// closed. Destroying an attempt abandons it without an outcome.
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
#include "agent/executor/close_queue.h"
#include "agent/executor/decision_source.h"
#include "agent/executor/journal/close_record.h"
#include "agent/executor/recheck_scheduler.h"
#include "agent/servers/server_calls.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

// How an attempt ended.
struct AttemptResult {
  enum class Kind {
    kOutcome,      // `outcome` and the fields below it say how
    kLookFailed,   // the first look failed for a reason that may pass; nothing was asked to close
    kNotAdmitted,  // the gate was shut (paused) when it came to closing; nothing was asked to close
    kLookTooOld,   // the look's answer came too late to stand for the present; nothing was asked to close
    kNotRecorded,  // the journal could not record that the close is sent, so it was not
  };
  Kind kind = Kind::kOutcome;
  Outcome outcome = Outcome::kFailed;
  bool returned = false;  // closed, and already back when it was looked at
  absl::Status error;     // of the close, or of the look that failed
  std::string message;
  absl::Time looked_at;  // of the first look, and the least age then: what tells the sessions from younger ones
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
    RecheckScheduler& looks;
    DecisionSource& redecider;
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
  absl::Time started_at() const { return started_at_; }
  absl::Time looked_at() const { return looked_at_; }

  // A look stands for the present for this long, counted from its question: whoever was idle then may work by now. An
  // answer can come late because the server is slow, or because this process did not run for a while.
  static constexpr absl::Duration kLookIsGoodFor = absl::Seconds(5);

 private:
  using LookStep = void (CloseAttempt::*)(const absl::StatusOr<Enumeration>& of_client);
  void Look(LookStep next, bool whole, absl::Duration may_wait);
  void OnFirstLook(const absl::StatusOr<Enumeration>& of_client);
  void OnFirstLookFailed(const absl::Status& error);
  void LookWithoutFilter();
  void OnLookWithoutFilter(const absl::StatusOr<Enumeration>& of_client);
  void OnLookOnceMore(const absl::StatusOr<Enumeration>& of_client);
  void DecideAgain(const Enumeration& of_client);
  void Close(const policy::Session& session);
  void LookAfter(absl::Duration delay);
  void OnLookAfter(const absl::StatusOr<Enumeration>& of_client);

  // What an answer says of the client. A filtered enumeration that finds nothing may say so by an error.
  absl::StatusOr<Enumeration> OfClient(const RecheckResult& answer) const;
  std::vector<policy::Session> OfPair(const Enumeration& of_client) const;
  // Hands the client's sessions to the redecider and gives the pair's.
  std::vector<policy::Session> ApplyRecheck(const Enumeration& of_client);
  bool IsNew(const policy::Session& session) const;
  // Whether one more look has to say so, too: after an error nothing else says that the close has worked.
  bool GoneIsDoubtful() const;
  bool LookIsTooOld() const;
  // The outcome once the pair's first sessions are gone, or once the patience with them has ended.
  AttemptResult Gone(bool returned) const;
  AttemptResult StillThere() const;
  AttemptResult LookAfterFailed(const absl::Status& error) const;
  void Finish(AttemptResult result);
  void FinishTooLate();
  void Finish(Outcome outcome, std::string message, absl::Status error = absl::OkStatus());

  Parts parts_;
  SessionServer& server_;
  QueuedClose entry_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // tells its timers that it still exists

  absl::Time started_at_;
  absl::Time look_asked_at_;  // of the latest look
  bool look_was_whole_ = false;
  bool look_showed_nobody_ = false;  // of any client
  bool nobody_doubted_ = false;      // a first look that showed nobody: it is asked once more
  bool filter_proven_ = false;       // a filtered look has shown the pair
  absl::Time filtered_look_asked_at_;
  absl::Time looked_at_;
  std::optional<int64_t> least_age_seconds_;
  absl::Status closed_;
  size_t looks_after_ = 0;
  bool seen_gone_ = false;  // by the look after the close before this one
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_CLOSE_ATTEMPT_H_
