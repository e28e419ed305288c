// LedgerBacklog: acts that are in force and have to be in the ledger, kept for as long as it cannot be written.
//
// A pause, a demoted rule and a new policy hold whether or not they can be written down; on a full disk they must not
// be forgotten for that. What cannot be written waits here, in its order, and is tried again every second, in place of
// the caller, until it is written. It does not survive the process.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_LEDGER_BACKLOG_H_
#define IDLEWARDEN_AGENT_OVERRIDES_LEDGER_BACKLOG_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "agent/clock/event_loop.h"

namespace idlewarden::agent {

class LedgerBacklog {
 public:
  // More than people do while a disk is full. (Whoever writes by itself must not write the same again and again.)
  static constexpr size_t kMost = 1'000;

  struct Act {
    std::string what;                      // for the log: "pause"
    std::function<absl::Status()> write;   // to the ledger, whole or not at all
    std::function<void()> written_late{};  // called if the act had to wait and is written; may be empty
  };

  explicit LedgerBacklog(EventLoop& loop) : loop_(loop) {}
  ~LedgerBacklog() { loop_.CancelTimer(timer_); }
  LedgerBacklog(const LedgerBacklog&) = delete;
  LedgerBacklog& operator=(const LedgerBacklog&) = delete;

  // Writes it, after those that wait. If that fails the act waits, and the ledger's error is returned;
  // ResourceExhausted if too many wait: then it is lost.
  absl::Status Write(Act act);
  // Writes those that wait, for who cannot wait with them. OK if none is left.
  absl::Status WriteWaiting();

  bool empty() const { return waiting_.empty(); }

 private:
  void RetryLater();

  EventLoop& loop_;
  std::deque<Act> waiting_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_LEDGER_BACKLOG_H_
