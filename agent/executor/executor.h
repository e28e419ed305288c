// Executor: the gate. Every close of the agent passes here, and nothing else calls SessionServer::Close.
//
// Of the newest plan as many pairs as can be closed in time wait in a queue, until the token buckets (of the whole
// agent, of the pair's server and of its rule) have room; each then goes through a CloseAttempt. A plan replaces the
// one before it: what waits and is no longer to be closed leaves the queue. Every pair that enters gets an intent in
// the journal, and exactly one outcome.
//
// Why a pair of the plan is not closed now, in the order in which it is asked:
//   the executor is paused or stopping                                  SetPaused, Stop
//   it backs off, was closed just now, or a close of it is unresolved   close_history.h
//   the server's circuit breaker is open                                limits/breaker.h
//   more pairs wait than can be closed in time                          limits/queue_capacity.h
//   a token bucket is empty                                             limits/close_rate_limiter.h
//   an attempt for the same client would end it as well                 running_attempts.h
//   the re-check right before the close found another decision          close_attempt.h
//
// Over any window at most rate x window + burst closes are sent, exactly. Times are those of Clock::SteadyNow: nothing
// changes here when the wall clock is set.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_EXECUTOR_H_
#define IDLEWARDEN_AGENT_EXECUTOR_EXECUTOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/lifetime.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/close_attempt.h"
#include "agent/executor/close_history.h"
#include "agent/executor/close_queue.h"
#include "agent/executor/decision_source.h"
#include "agent/executor/journal/journal.h"
#include "agent/executor/limits/close_rate_limiter.h"
#include "agent/executor/limits/queue_capacity.h"
#include "agent/executor/recheck_scheduler.h"
#include "agent/executor/running_attempts.h"
#include "agent/servers/server_calls.h"
#include "agent/servers/session_server.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

struct ExecutorOptions {
  CloseRates rates;
  absl::Duration queue_time_to_live = absl::Seconds(60);
  absl::Duration call_timeout = absl::Seconds(10);
  int parallel = 32;  // attempts under way, in all and on one server
  int parallel_per_server = 4;
  // A re-check that fails for a reason that may pass is tried this often, after a random part of a doubling delay.
  int recheck_tries = 3;
  absl::Duration first_backoff = absl::Milliseconds(500);
  absl::Duration longest_backoff = absl::Seconds(5);
  BackoffOptions pair_backoff;
  BreakerOptions breaker;
  uint64_t random_seed = 0;
};

class Executor {
 public:
  // All must outlive it.
  Executor(EventLoop& loop, const ExecutorOptions& options, DecisionSource& decisions, SessionUpdates& updates,
           Journal& journal);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Hears of all that is on record from now on. Must outlive the executor.
  void AddObserver(CloseObserver& observer) { recorder_.Add(observer); }

  // `server` must stay until RemoveServer.
  void AddServer(SessionServer& server);
  // What waits for the server is withdrawn, as is an attempt under way that has sent nothing. A close that was sent
  // fails unless a server of that name is added again at once: then that one is asked for its outcome.
  void RemoveServer(absl::string_view name);

  // Closes that an earlier run sent and whose outcome is not known, after all servers were added. The next full
  // enumeration of each one's server tells it; until then its pair is not closed.
  void RestoreUnresolved(std::vector<UnresolvedClose> closes);

  // Takes the newest plan over. Only its pairs with decision close are queued.
  void Submit(const policy::Plan& plan);
  // Takes out what waits, and lets what is under way send nothing more, until the next plan. `why` for the outcome.
  void Withdraw(std::string why);
  // A full enumeration that was begun at `began`: finds the outcome of closes that were left open, and closed pairs
  // that are back, and takes out of `sessions` those that were closed while it was under way.
  void Observe(absl::string_view server, SteadyTime began, std::vector<policy::Session>& sessions);

  // While paused nothing is sent to be closed, also what is queued or has been looked at. Calls already sent end.
  void SetPaused(bool paused);
  // Takes no more work; what waits is withdrawn. `stopped` is called once the attempts under way have ended.
  void Stop(std::function<void()> stopped);
  // After Stop, when there is no more time: records the attempts under way as failed and forgets them.
  void Abandon();

  // Waiting and under way.
  size_t queue_length() const { return queue_.size() + attempts_.size(); }
  // Sent by an earlier run, or to a server that was replaced, and their outcome is not known yet.
  size_t unresolved_closes() const { return history_.unresolved_closes(); }
  // Pairs in back-off because they came back each time.
  size_t pairs_backed_off() const { return history_.backed_off(); }
  // Those that closing is suspended on, because they refused it or failed.
  std::map<std::string, BreakerStatus> servers_with_open_breaker() const {
    return history_.servers_with_open_breaker();
  }

 private:
  using ClosingPairs = std::map<policy::PairKey, const policy::PlannedPair*>;

  void WithdrawAllBut(const ClosingPairs& closing, const std::string& why);
  // Records the pairs that must not be sent, since their close would end more than was decided.
  void RefuseConnections(const policy::Plan& plan);
  bool WouldEndMore(const policy::PlannedPair& pair) const;
  // False if the journal cannot record it.
  bool RecordRefusal(const policy::PlannedPair& pair, const policy::Plan& plan);
  // Brings what waits already up to date, and queues of the rest what there is room for.
  void QueueSome(const ClosingPairs& closing, const policy::Plan& plan);
  // An error if the journal cannot record the intent.
  absl::Status Queue(const policy::PlannedPair& pair, const policy::Plan& plan);
  CloseIntent IntentOf(const policy::PlannedPair& pair, const policy::Plan& plan) const;

  // Starts what may start, and sets the timer for what may start later.
  void StartEligible();
  bool MayStartOn(const std::string& server, SteadyTime now) const;
  bool MayStart(const QueuedClose& entry, SteadyTime now) const;
  // True if the tokens that the attempt has reserved are of the rule that now closes its pair.
  bool ReserveForRule(RunningAttempt& attempt, const QueuedClose& entry);
  void Release(const std::string& server, RunningAttempt& attempt);
  void StartAttempt(QueuedClose entry);
  Admission Admit(const policy::PairKey& key);
  void OnAttemptDone(const policy::PairKey& key, AttemptResult result);
  void OnOutcome(const QueuedClose& entry, SteadyTime started_at, const AttemptResult& result, bool sent);
  // Where a close ends the client's whole connection: the client's other pairs that wait have gone with it.
  void DropPairsClosedWithClient(const QueuedClose& closed);
  void Requeue(QueuedClose entry, const AttemptResult& result);
  absl::Duration Backoff(int failed_rechecks);
  void ExpireOld();
  // When something that could not start at `now` may by itself: a token is there, or a back-off is over.
  // InfiniteFuture if nothing will.
  SteadyTime NextStart(SteadyTime now) const;
  void SetWakeTimer(SteadyTime now);
  void FailUnresolvedWithoutServer();

  // For pairs that never reached a server, or whose attempt was abandoned.
  void RecordDropped(const QueuedClose& entry, Outcome outcome, std::string message);

  EventLoop& loop_;
  ExecutorOptions options_;
  DecisionSource& decisions_;
  SessionUpdates& updates_;
  CloseRecorder recorder_;
  ServerCalls calls_;
  CloseRateLimiter rate_limiter_;
  QueueCapacity capacity_;
  CloseQueue queue_;
  std::set<policy::PairKey> refused_;  // of the newest plan, and recorded
  RecheckScheduler rechecks_;
  CloseHistory history_;
  std::mt19937_64 random_;

  std::map<std::string, SessionServer*, std::less<>> servers_;
  RunningAttempts attempts_;
  bool paused_ = false;
  std::function<void()> stopped_;  // set once Stop was called
  EventLoop::TimerId wake_timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_EXECUTOR_H_
