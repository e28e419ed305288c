// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/backend_service.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/monotonic_clock.h"
#include "agent/smb_worker/smb_error.h"
#include "agent/smb_worker/srvsvc.h"

namespace idlewarden::smb {
namespace {

namespace v1 = backend::v1;

constexpr char kErrorTrailer[] = "idlewarden-error-bin";
constexpr uint16_t kSmbPort = 445;

Protection ProtectionOf(v1::Target::Protection protection) {
  switch (protection) {
    case v1::Target::PROTECTION_OFF:
      return Protection::kOff;
    case v1::Target::PROTECTION_DESIRED:
      return Protection::kDesired;
    case v1::Target::PROTECTION_REQUIRED:
      return Protection::kRequired;
    default:
      return Protection::kDefault;
  }
}

TimePoint DeadlineOf(const grpc::CallbackServerContext& context) {
  const gpr_timespec deadline = gpr_convert_clock_type(context.raw_deadline(), GPR_CLOCK_MONOTONIC);
  const TimePoint now = MonotonicNow();
  if (gpr_time_cmp(deadline, gpr_inf_future(GPR_CLOCK_MONOTONIC)) == 0) return now + kDefaultTimeout;
  const auto since_epoch = std::chrono::seconds(deadline.tv_sec) + std::chrono::nanoseconds(deadline.tv_nsec);
  return OwnDeadline(now, TimePoint(std::chrono::duration_cast<TimePoint::duration>(since_epoch)));
}

// InvalidArgument for backslashes alone: to the server that is an empty name, which means all.
absl::StatusOr<std::string> WithoutBackslashes(const std::string& client) {
  const size_t start = client.find_first_not_of('\\');
  if (start != std::string::npos) return client.substr(start);
  if (client.empty()) return client;
  return absl::InvalidArgumentError("the client is nothing but backslashes");
}

absl::Status CheckName(const std::string& name, bool wildcard, absl::string_view what) {
  if (name.empty() && !wildcard) {
    return absl::InvalidArgumentError(absl::StrCat("an empty ", what, " would end the sessions of all; say so"));
  }
  if (!name.empty() && wildcard) {
    return absl::InvalidArgumentError(absl::StrCat("a ", what, " is given, and all are said to be meant"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServerTarget> TargetOf(const v1::Target& target) {
  if (target.address().empty()) return absl::InvalidArgumentError("the target has no address");
  if (target.port() > 0xFFFF) return absl::InvalidArgumentError("the target's port is above 65535");
  const std::string& user = target.credentials().user();
  const bool nameless = user.empty() ? target.credentials().kerberos_cache().empty() : user.back() == '\\';
  if (nameless) {
    return SmbError({Cause::kAuthFailed, 0, 0},
                    "no user is given: an anonymous logon may not list or end sessions and is not tried");
  }
  ServerTarget out;
  out.name = target.name();
  out.address = target.address();
  out.port = target.port() == 0 ? kSmbPort : static_cast<uint16_t>(target.port());
  out.user = target.credentials().user();
  out.password = target.credentials().password();
  out.password_file = target.credentials().password_file();
  out.kerberos_cache = target.credentials().kerberos_cache();
  out.signing = ProtectionOf(target.signing());
  out.encryption = ProtectionOf(target.encryption());
  out.target_hostname = target.target_hostname();
  return out;
}

absl::StatusOr<std::pair<std::string, std::string>> PairOf(const v1::CloseSessionsRequest& request) {
  absl::StatusOr<std::string> client = WithoutBackslashes(request.client());
  if (!client.ok()) return client.status();
  absl::Status status = CheckName(*client, request.all_clients(), "client");
  status.Update(CheckName(request.user(), request.all_users(), "user"));
  if (!status.ok()) return status;
  return std::make_pair(*std::move(client), request.user());
}

void FillResponse(const EnumerateAnswer& answer, v1::EnumerateSessionsResponse& response) {
  const LevelFields fields = FieldsOf(answer.result.known.level);
  response.set_level(answer.result.known.level);
  response.set_samba_like(answer.result.known.samba_like);
  response.mutable_own()->set_user(answer.own.user);
  response.mutable_own()->set_address(answer.own.address);
  response.mutable_sessions()->Reserve(static_cast<int>(answer.result.rows.size()));
  for (const SessionRow& row : answer.result.rows) {
    v1::Session& session = *response.add_sessions();
    session.set_client(row.client);
    if (fields.user) session.set_user(row.user);
    if (fields.open_files) session.set_open_files(row.open_files);
    if (fields.times) {
      session.set_age_seconds(row.age_seconds);
      session.set_idle_seconds(row.idle_seconds);
    }
    if (fields.user_flags) session.set_user_flags(row.user_flags);
    if (fields.client_type) session.set_client_type(row.client_type);
    if (fields.transport) session.set_transport(row.transport);
  }
}

v1::ErrorDetail DetailOf(const absl::Status& status) {
  const ErrorInfo info = InfoOf(status);
  v1::ErrorDetail detail;
  const absl::string_view cause = CauseName(info.cause);
  detail.set_cause(cause.data(), cause.size());
  detail.set_windows_error(info.windows_error);
  detail.set_nt_status(info.nt_status);
  return detail;
}

TimePoint OwnDeadline(TimePoint now, TimePoint deadline) {
  const auto left = std::clamp<TimePoint::duration>(deadline - now, TimePoint::duration::zero(), kLongestTimeout);
  return now + left - std::min<TimePoint::duration>(std::chrono::milliseconds(100), left / 10);
}

// One RPC. Lives until gRPC is done with it.
class BackendService::Call final : public grpc::ServerUnaryReactor {
 public:
  Call(BackendService* service, grpc::CallbackServerContext* context)
      : service_(service), context_(context), handle_(std::make_shared<std::optional<ServerPool::CallHandle>>()) {}

  // Runs `start` on the loop's thread; what it returns can be cancelled.
  void Start(std::function<ServerPool::CallHandle(ServerPool&)> start) {
    service_->loop_->Post(
        [pool = service_->pool_, handle = handle_, start = std::move(start)] { *handle = start(*pool); });
  }

  void End(const absl::Status& status) {
    if (!status.ok()) context_->AddTrailingMetadata(kErrorTrailer, DetailOf(status).SerializeAsString());
    Finish(grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message())));
  }

  // Until when it is worth doing.
  CallLimit LimitAt(TimePoint deadline) const { return {deadline, given_up_}; }

  void OnCancel() override {
    given_up_->store(true);  // seen at once, while what is posted waits for its turn
    service_->loop_->Post([pool = service_->pool_, handle = handle_] {
      if (*handle) pool->Cancel(**handle, absl::CancelledError("the caller has given up"));
    });
  }

  void OnDone() override { delete this; }

 private:
  BackendService* const service_;
  grpc::CallbackServerContext* const context_;
  const std::shared_ptr<std::atomic<bool>> given_up_ = std::make_shared<std::atomic<bool>>(false);
  const std::shared_ptr<std::optional<ServerPool::CallHandle>> handle_;  // loop's thread only
};

grpc::ServerUnaryReactor* BackendService::EnumerateSessions(grpc::CallbackServerContext* context,
                                                            const v1::EnumerateSessionsRequest* request,
                                                            v1::EnumerateSessionsResponse* response) {
  auto* call = new Call(this, context);
  const absl::StatusOr<ServerTarget> target = TargetOf(request->target());
  const absl::StatusOr<std::string> client = WithoutBackslashes(request->client());
  if (!target.ok() || !client.ok()) {
    call->End(target.ok() ? client.status() : target.status());
    return call;
  }
  const CallLimit limit = call->LimitAt(DeadlineOf(*context));
  call->Start([target = *target, client = *client, request, response, call, limit](ServerPool& pool) {
    return pool.Enumerate(target, client, request->user(), limit,
                          [call, response](const absl::StatusOr<EnumerateAnswer>& answer) {
                            if (answer.ok()) FillResponse(*answer, *response);
                            call->End(answer.status());
                          });
  });
  return call;
}

grpc::ServerUnaryReactor* BackendService::CloseSessions(grpc::CallbackServerContext* context,
                                                        const v1::CloseSessionsRequest* request,
                                                        v1::CloseSessionsResponse*) {
  auto* call = new Call(this, context);
  const absl::StatusOr<ServerTarget> target = TargetOf(request->target());
  const auto pair = PairOf(*request);
  if (!target.ok() || !pair.ok()) {
    call->End(target.ok() ? pair.status() : target.status());
    return call;
  }
  const CallLimit limit = call->LimitAt(DeadlineOf(*context));
  call->Start([target = *target, pair = *pair, call, limit](ServerPool& pool) {
    return pool.Close(target, pair.first, pair.second, limit,
                      [call](const absl::Status& status) { call->End(status); });
  });
  return call;
}

}  // namespace idlewarden::smb
