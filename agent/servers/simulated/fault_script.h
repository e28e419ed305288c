// FaultScript: exact faults for the calls of a SessionServer, as a script that says which call fails and how.
//
// Used by SimulatedServer and by FaultServer, which puts a script before any server. Each fault belongs to one kind of
// call, lets `skip` such calls pass, then applies to the next `count`. Of several that apply to a call the one added
// first acts, and only its counts go down.
//
// Threads: the event loop's.

#ifndef IDLEWARDEN_AGENT_SERVERS_SIMULATED_FAULT_SCRIPT_H_
#define IDLEWARDEN_AGENT_SERVERS_SIMULATED_FAULT_SCRIPT_H_

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/servers/session_server.h"
#include "agent/settings/faults.h"

namespace idlewarden::agent {

struct Fault {
  FaultCall call = FaultCall::kEnumerate;
  FaultKind kind = FaultKind::kError;
  int skip = 0;
  int count = 1;
  absl::Status error;  // of kError and kLostReply; see WindowsFault
  int64_t amount = 0;
  absl::Duration delay;

  static constexpr int kForever = FaultSettings::kForever;
};

// An error fault with a Windows error number, as the worker would report it.
Fault WindowsFault(FaultCall call, uint32_t windows_error, int count = 1);
// An error fault of the transport: `cause` as in backend.proto, e.g. "disconnected".
Fault TransportFault(FaultCall call, absl::string_view cause, int count = 1);

// A fault that the settings ask for.
Fault MakeFault(const FaultSettings& settings);

class FaultScript {
 public:
  using EnumerateForward = std::function<void(const EnumerateRequest&, SessionServer::EnumerateCallback)>;
  using CloseForward = std::function<void(const CloseRequest&, SessionServer::CloseCallback)>;

  explicit FaultScript(EventLoop* loop) : loop_(loop) {}
  FaultScript(const FaultScript&) = delete;
  FaultScript& operator=(const FaultScript&) = delete;
  // Calls that wait or hang are answered with Cancelled.
  ~FaultScript();

  void Add(Fault fault);
  void Clear() { faults_.clear(); }

  // Passes the call to `forward` unless a fault applies to it.
  void Enumerate(const EnumerateRequest& request, SessionServer::EnumerateCallback done,
                 const EnumerateForward& forward);
  void Close(const CloseRequest& request, SessionServer::CloseCallback done, const CloseForward& forward);

  // Calls that hang or wait for their time.
  size_t pending() const { return pending_.size(); }
  // Answers the calls that hang with DeadlineExceeded (cause `timeout`).
  void ReleaseHung();

 private:
  struct Pending {
    EventLoop::TimerId timer = 0;  // 0: hangs
    std::function<void(absl::Status)> abort;
  };

  // The fault that applies to this call, taken from the script.
  std::optional<Fault> Take(FaultCall call);
  // Runs `then` after `delay`, or `abort` if the script is destroyed before.
  void Wait(absl::Duration delay, std::function<void()> then, std::function<void(absl::Status)> abort);
  void Hang(std::function<void(absl::Status)> abort);
  // What both calls have in common. False if the fault is none of those.
  bool ApplyCommon(const Fault& fault, absl::Duration timeout, std::function<void(absl::Status)> fail,
                   std::function<void()> forward);

  EventLoop* const loop_;
  std::list<Fault> faults_;
  std::map<uint64_t, Pending> pending_;
  uint64_t next_pending_ = 1;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_SIMULATED_FAULT_SCRIPT_H_
