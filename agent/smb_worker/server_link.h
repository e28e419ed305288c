// SPDX-License-Identifier: GPL-3.0-or-later
//
// One server as the worker sees it: its kept connection, the level that it answers, and the calls that wait for it,
// run one after another.
//
// What is tried again, once: a connect that the server cut; an enumeration whose kept connection turned out to be gone.
// A NetrSessionDel that may have reached the server is never sent again; so before one goes out over a connection that
// was not used for a while, a harmless call shows whether that still works.
//
// Loop's thread only. Callbacks are called once for each call, also within Enumerate, Close and Cancel.

#ifndef IDLEWARDEN_AGENT_SMB_WORKER_SERVER_LINK_H_
#define IDLEWARDEN_AGENT_SMB_WORKER_SERVER_LINK_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/smb_worker/loop.h"
#include "agent/smb_worker/rpc_pipe.h"
#include "agent/smb_worker/session_enumeration.h"

namespace idlewarden::smb {

// How long a call is worth doing. Both are looked at before anything is sent for it: a loop that was held up may come
// to a call before it comes to its timer or to its cancellation.
struct CallLimit {
  CallLimit(TimePoint when,  // NOLINT(google-explicit-constructor): most have no more
            std::shared_ptr<const std::atomic<bool>> flag = nullptr)
      : deadline(when), given_up(std::move(flag)) {}

  TimePoint deadline;
  std::shared_ptr<const std::atomic<bool>> given_up;  // set on any thread; may be null
};

struct EnumerateAnswer {
  EnumResult result;
  OwnIdentity own;
};

class ServerLink {
 public:
  using CallId = uint64_t;
  using EnumerateDone = std::function<void(absl::StatusOr<EnumerateAnswer>)>;
  using CloseDone = std::function<void(absl::Status)>;

  // A connection that nobody used for this long is closed.
  static constexpr std::chrono::minutes kKeepConnection{15};
  // A level is taken for granted this long, over one connection.
  static constexpr std::chrono::hours kKeepLevel{1};
  // After this long without a call a connection is looked at before a close is sent over it.
  static constexpr std::chrono::seconds kTrustConnection{2};

  // `on_idle` is called when the connection was closed for not being used; it must not destroy the link.
  ServerLink(Loop* loop, PipeConnector* connector, std::function<void()> on_idle);
  ~ServerLink();

  ServerLink(const ServerLink&) = delete;
  ServerLink& operator=(const ServerLink&) = delete;

  // `client` and `user` filter if not empty.
  CallId Enumerate(const ServerTarget& target, const std::string& client, const std::string& user, CallLimit limit,
                   EnumerateDone done);
  // Empty names are wildcards to the server: the caller has made sure that they are meant.
  CallId Close(const ServerTarget& target, const std::string& client, const std::string& user, CallLimit limit,
               CloseDone done);
  // Ends a call with `status`; does nothing if it has ended.
  void Cancel(CallId call, const absl::Status& status);

  bool idle() const { return calls_.empty() && pipe_ == nullptr; }

 private:
  struct Call;

  CallId Add(std::unique_ptr<Call> call);
  void StartNext();
  void Connect();
  void OnConnected(absl::StatusOr<std::unique_ptr<RpcPipe>> pipe);
  void RunFirst();
  // Ends the first call, for which nothing is under way, if its time is over or its caller has gone.
  bool EndIfPointless();
  void SendEnumerate();
  void Remember(const KnownLevel& known);
  void OnEnumerated(absl::StatusOr<EnumResult> result);
  void CheckConnection();
  void SendClose();
  void OnClosed(absl::StatusOr<std::string> reply);
  // Connects anew if the call may be tried again after `status`.
  bool Retry(const absl::Status& status);
  void OnDeadline(CallId call);
  std::string Doing() const;
  void DropConnection();
  void FinishFirst(absl::StatusOr<EnumerateAnswer> answer);
  void OnIdle();

  Loop* const loop_;
  PipeConnector* const connector_;
  const std::function<void()> on_idle_;

  std::deque<std::unique_ptr<Call>> calls_;  // the first is running if running_
  bool running_ = false;
  CallId last_call_ = 0;

  std::unique_ptr<PendingConnect> pending_;
  std::unique_ptr<RpcPipe> pipe_;
  ServerTarget pipe_target_;
  TimePoint last_used_;
  std::unique_ptr<SessionEnumeration> enumeration_;
  Loop::TimerId idle_timer_ = 0;

  std::optional<KnownLevel> known_level_;
  TimePoint known_since_;
  std::optional<uint32_t> best_level_;  // that was ever answered on this connection
};

}  // namespace idlewarden::smb

#endif  // IDLEWARDEN_AGENT_SMB_WORKER_SERVER_LINK_H_
