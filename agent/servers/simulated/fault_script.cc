#include "agent/servers/simulated/fault_script.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {
namespace {

constexpr int64_t kAbsurd = 4294967295;

absl::Status TimedOut() { return ServerError(absl::StatusCode::kDeadlineExceeded, "timeout", 0, "no answer in time"); }
absl::Status Cancelled() { return ServerError(absl::StatusCode::kCancelled, "internal", 0, "the server was removed"); }

absl::StatusCode CodeOfWindowsError(uint32_t error) {
  switch (error) {
    case kErrorAccessDenied:
      return absl::StatusCode::kPermissionDenied;
    case kErrorNotEnoughMemory:
      return absl::StatusCode::kResourceExhausted;
    case kErrorInvalidParameter:
    case kErrorInvalidLevel:
      return absl::StatusCode::kInvalidArgument;
    case kNerrUserNotFound:
    case kNerrClientNameNotFound:
      return absl::StatusCode::kNotFound;
    default:
      return absl::StatusCode::kUnknown;
  }
}

void Shift(std::optional<int64_t>* seconds, int64_t amount) {
  if (seconds->has_value()) *seconds = std::max<int64_t>(0, **seconds + amount);
}

void DuplicateRows(std::vector<policy::Session>* sessions) {
  const std::vector<policy::Session> copy = *sessions;
  sessions->insert(sessions->end(), copy.begin(), copy.end());
}

void AddRows(size_t wanted, std::vector<policy::Session>* sessions) {
  sessions->reserve(wanted);
  for (size_t i = sessions->size(); i < wanted; ++i) {
    policy::Session session;
    session.client = absl::StrCat("\\\\10.", 200 + i / 65536 % 50, ".", i / 256 % 256, ".", i % 256);
    session.user = absl::StrCat("crowd", i);
    session.idle_seconds = static_cast<int64_t>(i % 3600);
    session.age_seconds = static_cast<int64_t>(3600 + i % 3600);
    session.open_files = 0;
    sessions->push_back(std::move(session));
  }
}

void FalsifyRow(const Fault& fault, policy::Session* session) {
  switch (fault.kind) {
    case FaultKind::kIdleJump:
      return Shift(&session->idle_seconds, fault.amount);
    case FaultKind::kAgeJump:
      return Shift(&session->age_seconds, fault.amount);
    case FaultKind::kAllZeroIdle:
      session->idle_seconds = 0;
      return;
    case FaultKind::kNoIdle:
      session->idle_seconds.reset();
      return;
    case FaultKind::kAbsurdValues:
      session->idle_seconds = session->age_seconds = session->open_files = kAbsurd;
      return;
    default:
      return;
  }
}

// The answer as the fault makes it; an error for kHalfReply.
absl::StatusOr<Enumeration> Falsify(const Fault& fault, absl::StatusOr<Enumeration> answer) {
  if (!answer.ok()) return answer;
  switch (fault.kind) {
    case FaultKind::kHalfReply:
      return ServerError(absl::StatusCode::kDataLoss, "protocol", 0, "the reply ended in the middle");
    case FaultKind::kEmpty:
      answer->sessions.clear();
      break;
    case FaultKind::kDuplicateRows:
      DuplicateRows(&answer->sessions);
      break;
    case FaultKind::kManyRows:
      AddRows(static_cast<size_t>(std::max<int64_t>(0, fault.amount)), &answer->sessions);
      break;
    case FaultKind::kNoIdle:
      answer->reports_idle = false;
      [[fallthrough]];
    default:
      for (policy::Session& session : answer->sessions) FalsifyRow(fault, &session);
  }
  return answer;
}

}  // namespace

Fault WindowsFault(FaultCall call, uint32_t windows_error, int count) {
  Fault fault{.call = call, .kind = FaultKind::kError, .count = count};
  const char* cause = windows_error == kErrorAccessDenied ? "access-denied" : "server-error";
  fault.error = ServerError(CodeOfWindowsError(windows_error), cause, windows_error,
                            absl::StrCat(WindowsErrorName(windows_error), " (", windows_error, ")"));
  return fault;
}

Fault TransportFault(FaultCall call, absl::string_view cause, int count) {
  Fault fault{.call = call, .kind = FaultKind::kError, .count = count};
  const absl::StatusCode code = cause == "timeout"       ? absl::StatusCode::kDeadlineExceeded
                                : cause == "auth-failed" ? absl::StatusCode::kUnauthenticated
                                                         : absl::StatusCode::kUnavailable;
  fault.error = ServerError(code, cause, 0, absl::StrCat("simulated: ", cause));
  return fault;
}

Fault MakeFault(const FaultSettings& settings) {
  Fault fault = settings.windows_error != 0 ? WindowsFault(settings.call, settings.windows_error)
                                            : TransportFault(settings.call, settings.cause);
  fault.kind = settings.kind;
  fault.skip = settings.skip;
  fault.count = settings.count;
  fault.amount = settings.amount;
  fault.delay = settings.delay;
  return fault;
}

FaultScript::~FaultScript() {
  // Moved out first: a callback may make another call, which then hangs in a map that is going away with it.
  while (!pending_.empty()) {
    for (auto& [id, pending] : std::exchange(pending_, {})) {
      if (pending.timer != 0) loop_->CancelTimer(pending.timer);
      pending.abort(Cancelled());
    }
  }
}

void FaultScript::Add(Fault fault) { faults_.push_back(std::move(fault)); }

std::optional<Fault> FaultScript::Take(FaultCall call) {
  for (auto it = faults_.begin(); it != faults_.end(); ++it) {
    if (it->call != call) continue;
    if (it->skip > 0) {
      --it->skip;
      continue;
    }
    Fault fault = *it;
    if (it->count != Fault::kForever && --it->count <= 0) faults_.erase(it);
    return fault;
  }
  return std::nullopt;
}

void FaultScript::Wait(absl::Duration delay, std::function<void()> then, std::function<void(absl::Status)> abort) {
  const uint64_t id = next_pending_++;
  const EventLoop::TimerId timer = loop_->RunAt(loop_->SteadyNow() + delay, [this, id, then = std::move(then)] {
    pending_.erase(id);
    then();
  });
  pending_[id] = {timer, std::move(abort)};
}

void FaultScript::Hang(std::function<void(absl::Status)> abort) { pending_[next_pending_++] = {0, std::move(abort)}; }

void FaultScript::ReleaseHung() {
  std::vector<std::function<void(absl::Status)>> hung;
  for (auto it = pending_.begin(); it != pending_.end();) {
    if (it->second.timer == 0) {
      hung.push_back(std::move(it->second.abort));
      it = pending_.erase(it);
    } else {
      ++it;
    }
  }
  for (const auto& abort : hung) abort(TimedOut());
}

bool FaultScript::ApplyCommon(const Fault& fault, absl::Duration timeout, std::function<void(absl::Status)> fail,
                              std::function<void()> forward) {
  switch (fault.kind) {
    case FaultKind::kError:
      fail(fault.error);
      return true;
    case FaultKind::kTimeout:
      Wait(
          timeout, [fail] { fail(TimedOut()); }, fail);
      return true;
    case FaultKind::kHang:
      Hang(std::move(fail));
      return true;
    case FaultKind::kDelay:
      Wait(fault.delay, std::move(forward), std::move(fail));
      return true;
    default:
      return false;
  }
}

void FaultScript::Enumerate(const EnumerateRequest& request, SessionServer::EnumerateCallback done,
                            const EnumerateForward& forward) {
  const std::optional<Fault> fault = Take(FaultCall::kEnumerate);
  if (!fault.has_value()) return forward(request, std::move(done));
  if (ApplyCommon(*fault, request.timeout, done, [=] { forward(request, done); })) return;
  forward(request, [fault = *fault, done = std::move(done)](absl::StatusOr<Enumeration> answer) {
    done(Falsify(fault, std::move(answer)));
  });
}

void FaultScript::Close(const CloseRequest& request, SessionServer::CloseCallback done, const CloseForward& forward) {
  const std::optional<Fault> fault = Take(FaultCall::kClose);
  if (!fault.has_value()) return forward(request, std::move(done));
  if (ApplyCommon(*fault, request.timeout, done, [=] { forward(request, done); })) return;
  if (fault->kind == FaultKind::kIgnored) return done(absl::OkStatus());
  forward(request, [fault = *fault, done = std::move(done)](absl::Status status) {
    done(fault.kind == FaultKind::kLostReply ? fault.error : status);
  });
}

}  // namespace idlewarden::agent
