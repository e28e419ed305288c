// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/server_link.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/smb_error.h"
#include "agent/smb_worker/srvsvc.h"

namespace idlewarden::smb {

struct ServerLink::Call {
  explicit Call(CallLimit how_long) : limit(std::move(how_long)) {}

  CallId id = 0;
  bool closes = false;
  ServerTarget target;
  std::string client;
  std::string user;
  CallLimit limit;
  EnumerateDone done;  // of a close: the answer is empty
  Loop::TimerId timer = 0;
  bool retried = false;
  bool connected = false;  // for this call
};

ServerLink::ServerLink(Loop* loop, PipeConnector* connector, std::function<void()> on_idle)
    : loop_(loop), connector_(connector), on_idle_(std::move(on_idle)) {}

ServerLink::~ServerLink() {
  while (!calls_.empty()) Cancel(calls_.back()->id, absl::CancelledError("the worker ends"));
  loop_->CancelTimer(idle_timer_);  // the last call has set it
}

ServerLink::CallId ServerLink::Enumerate(const ServerTarget& target, const std::string& client, const std::string& user,
                                         CallLimit limit, EnumerateDone done) {
  auto call = std::make_unique<Call>(std::move(limit));
  call->target = target;
  call->client = client;
  call->user = user;
  call->done = std::move(done);
  return Add(std::move(call));
}

ServerLink::CallId ServerLink::Close(const ServerTarget& target, const std::string& client, const std::string& user,
                                     CallLimit limit, CloseDone done) {
  auto call = std::make_unique<Call>(std::move(limit));
  call->closes = true;
  call->target = target;
  call->client = client;
  call->user = user;
  call->done = [done = std::move(done)](const absl::StatusOr<EnumerateAnswer>& answer) { done(answer.status()); };
  return Add(std::move(call));
}

ServerLink::CallId ServerLink::Add(std::unique_ptr<Call> call) {
  const CallId id = ++last_call_;
  call->id = id;
  call->timer = loop_->RunAt(call->limit.deadline, [this, id] { OnDeadline(id); });
  calls_.push_back(std::move(call));
  StartNext();
  return id;
}

void ServerLink::StartNext() {
  if (running_ || calls_.empty()) return;
  running_ = true;
  loop_->CancelTimer(idle_timer_);
  idle_timer_ = 0;
  if (EndIfPointless()) return;
  // Another password, another port: another connection.
  if (pipe_ != nullptr && pipe_target_ != calls_.front()->target) DropConnection();
  if (pipe_ == nullptr) {
    Connect();
  } else {
    RunFirst();
  }
}

void ServerLink::Connect() {
  Call& call = *calls_.front();
  call.connected = true;
  pipe_target_ = call.target;
  pending_ = connector_->Connect(call.target, [this](auto pipe) { OnConnected(std::move(pipe)); });
}

void ServerLink::OnConnected(absl::StatusOr<std::unique_ptr<RpcPipe>> pipe) {
  pending_.reset();
  if (!pipe.ok()) {
    // Samba ends its RPC service after a minute without use, and may cut a connect that comes just then.
    if (!Retry(pipe.status())) FinishFirst(pipe.status());
    return;
  }
  pipe_ = *std::move(pipe);
  // Another server may have taken over the name or the address: Samba where Windows was.
  known_level_.reset();
  best_level_.reset();
  last_used_ = loop_->Now();
  RunFirst();
}

bool ServerLink::EndIfPointless() {
  const Call& call = *calls_.front();
  if (call.limit.given_up != nullptr && call.limit.given_up->load()) {
    FinishFirst(absl::CancelledError("the caller has given up"));
    return true;
  }
  if (loop_->Now() < call.limit.deadline) return false;
  FinishFirst(SmbError({Cause::kTimeout, 0, 0}, absl::StrCat("no time is left before ", Doing())));
  return true;
}

void ServerLink::RunFirst() {
  if (EndIfPointless()) return;
  const Call& call = *calls_.front();
  if (!call.closes) {
    SendEnumerate();
  } else if (!call.connected && loop_->Now() - last_used_ > kTrustConnection) {
    CheckConnection();
  } else {
    SendClose();
  }
}

void ServerLink::SendEnumerate() {
  if (known_level_ && loop_->Now() - known_since_ > kKeepLevel) known_level_.reset();
  const Call& call = *calls_.front();
  EnumArguments arguments;
  arguments.server = call.target.address;
  arguments.client = call.client;
  arguments.user = call.user;
  enumeration_ = std::make_unique<SessionEnumeration>(pipe_.get(), std::move(arguments), known_level_,
                                                      [this](auto result) { OnEnumerated(std::move(result)); });
  enumeration_->Start();
}

void ServerLink::OnEnumerated(absl::StatusOr<EnumResult> result) {
  enumeration_.reset();
  if (!result.ok()) {
    // After an answer with a Windows error number the connection is in order.
    const bool answered = InfoOf(result.status()).windows_error != 0;
    known_level_.reset();
    if (!answered) DropConnection();
    if (!calls_.front()->connected && Retry(result.status())) return;
    return FinishFirst(result.status());
  }
  Remember(result->known);
  FinishFirst(EnumerateAnswer{*std::move(result), pipe_->own()});
}

void ServerLink::Remember(const KnownLevel& known) {
  const auto rank = [](uint32_t level) { return std::find(std::begin(kLevels), std::end(kLevels), level); };
  if (!best_level_ || rank(known.level) < rank(*best_level_)) best_level_ = known.level;
  // A better one may have been refused for the moment only. A low level tells less (of open files, of idle times), so
  // the next enumeration tries them all again.
  if (known.level != *best_level_) return known_level_.reset();
  if (!known_level_ || known_level_->level != known.level) known_since_ = loop_->Now();
  known_level_ = known;
}

void ServerLink::CheckConnection() {
  absl::StatusOr<std::string> stub = EncodeRemoteTod(calls_.front()->target.address);
  if (!stub.ok()) return FinishFirst(stub.status());
  pipe_->Call(kOpnumRemoteTod, *std::move(stub), [this](const absl::StatusOr<std::string>& reply) {
    // Whatever the server says of the call, it said something.
    if (!IsCause(reply.status(), Cause::kDisconnected)) return SendClose();
    DropConnection();
    if (!Retry(reply.status())) FinishFirst(reply.status());
  });
}

void ServerLink::SendClose() {
  if (EndIfPointless()) return;
  const Call& call = *calls_.front();
  absl::StatusOr<std::string> stub = EncodeSessionDel(call.target.address, call.client, call.user);
  if (!stub.ok()) return FinishFirst(stub.status());
  pipe_->Call(kOpnumSessionDel, *std::move(stub), [this](auto reply) { OnClosed(std::move(reply)); });
}

void ServerLink::OnClosed(absl::StatusOr<std::string> reply) {
  if (!reply.ok()) {
    DropConnection();
    return FinishFirst(reply.status());
  }
  const absl::StatusOr<uint32_t> windows_error = DecodeSessionDel(*reply);
  if (!windows_error.ok()) {
    DropConnection();
    return FinishFirst(
        SmbError({Cause::kProtocol, 0, 0}, absl::StrCat("NetrSessionDel: ", windows_error.status().message())));
  }
  if (*windows_error != 0) return FinishFirst(WindowsError(*windows_error, "NetrSessionDel"));
  FinishFirst(EnumerateAnswer{});
}

bool ServerLink::Retry(const absl::Status& status) {
  Call& call = *calls_.front();
  if (call.retried || !IsCause(status, Cause::kDisconnected)) return false;
  call.retried = true;
  Connect();
  return true;
}

void ServerLink::OnDeadline(CallId call) {
  const bool first = running_ && calls_.front()->id == call;
  const std::string doing = first ? Doing() : "waiting for an earlier call to this server";
  Cancel(call, SmbError({Cause::kTimeout, 0, 0}, absl::StrCat("no answer in time while ", doing)));
}

std::string ServerLink::Doing() const {
  if (pending_ != nullptr) return pending_->doing();
  const Call& call = *calls_.front();
  return absl::StrCat(call.closes ? "closing sessions on " : "enumerating the sessions of ", call.target.address);
}

void ServerLink::Cancel(CallId id, const absl::Status& status) {
  const auto found = std::find_if(calls_.begin(), calls_.end(), [id](const auto& call) { return call->id == id; });
  if (found == calls_.end()) return;
  if (running_ && found == calls_.begin()) {
    DropConnection();  // an answer may still be under way on it
    return FinishFirst(status);
  }
  const std::unique_ptr<Call> call = std::move(*found);
  calls_.erase(found);
  loop_->CancelTimer(call->timer);
  call->done(status);
}

void ServerLink::DropConnection() {
  pending_.reset();
  pipe_.reset();
  enumeration_.reset();
}

void ServerLink::FinishFirst(absl::StatusOr<EnumerateAnswer> answer) {
  const std::unique_ptr<Call> call = std::move(calls_.front());
  calls_.pop_front();
  loop_->CancelTimer(call->timer);
  running_ = false;
  last_used_ = loop_->Now();
  call->done(std::move(answer));
  StartNext();
  if (calls_.empty() && idle_timer_ == 0) {
    idle_timer_ = loop_->RunAt(loop_->Now() + (pipe_ != nullptr ? kKeepConnection : std::chrono::minutes(0)),
                               [this] { OnIdle(); });
  }
}

void ServerLink::OnIdle() {
  idle_timer_ = 0;
  if (!calls_.empty()) return;
  DropConnection();
  on_idle_();
}

}  // namespace idlewarden::smb
