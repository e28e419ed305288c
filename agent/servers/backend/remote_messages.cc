#include "agent/servers/backend/remote_messages.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "agent/servers/own_session.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {
namespace {

namespace v1 = idlewarden::backend::v1;

// Samba sends -1 as the age of a session younger than a second.
constexpr uint32_t kLargestAge = 0x7fffffff;
constexpr uint32_t kGuestFlag = 1;  // SESS_GUEST

constexpr std::array<absl::string_view, 11> kCauses = {"access-denied", "auth-failed",     "refused",  "unreachable",
                                                       "timeout",       "name-resolution", "protocol", "disconnected",
                                                       "server-error",  "worker",          "internal"};

v1::Target::Protection MakeProtection(Protection protection) {
  switch (protection) {
    case Protection::kDefault:
      return v1::Target::PROTECTION_UNSPECIFIED;
    case Protection::kOff:
      return v1::Target::PROTECTION_OFF;
    case Protection::kDesired:
      return v1::Target::PROTECTION_DESIRED;
    case Protection::kRequired:
      return v1::Target::PROTECTION_REQUIRED;
  }
  return v1::Target::PROTECTION_UNSPECIFIED;
}

policy::Session MakeSession(const v1::Session& row) {
  policy::Session session;
  session.client = row.client();
  session.user = row.user();
  if (row.has_idle_seconds()) session.idle_seconds = row.idle_seconds();
  if (row.has_age_seconds()) session.age_seconds = row.age_seconds() > kLargestAge ? 0 : row.age_seconds();
  if (row.has_open_files()) session.open_files = row.open_files();
  if (row.has_client_type()) session.client_type = row.client_type();
  if (row.has_transport()) session.transport = row.transport();
  if (row.has_user_flags()) session.guest = (row.user_flags() & kGuestFlag) != 0;
  return session;
}

const char* CauseWithoutDetail(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "timeout";
    case grpc::StatusCode::UNAVAILABLE:    // the process died, or nobody listens
    case grpc::StatusCode::UNIMPLEMENTED:  // another program
      return "worker";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:  // a reply beyond all bounds
    case grpc::StatusCode::DATA_LOSS:
      return "protocol";
    default:
      return "internal";
  }
}

}  // namespace

std::string BareClient(absl::string_view client) {
  client.remove_prefix(std::min(client.find_first_not_of('\\'), client.size()));
  return std::string(client);
}

v1::Target MakeTarget(const std::string& name, const SmbSettings& settings) {
  v1::Target target;
  target.set_name(name);
  target.set_address(settings.address);
  target.set_port(static_cast<uint32_t>(settings.port));
  target.set_signing(MakeProtection(settings.signing));
  target.set_encryption(MakeProtection(settings.encryption));
  target.set_target_hostname(settings.target_hostname);
  v1::Credentials& credentials = *target.mutable_credentials();
  credentials.set_user(settings.credentials.user);
  if (!settings.credentials.password_file.empty()) {
    credentials.set_password_file(settings.credentials.password_file);
  } else if (!settings.credentials.kerberos_cache.empty()) {
    credentials.set_kerberos_cache(settings.credentials.kerberos_cache);
  } else if (!settings.credentials.password.empty()) {
    credentials.set_password(settings.credentials.password);
  }
  return target;
}

Enumeration EnumerationFromResponse(const v1::EnumerateSessionsResponse& response) {
  Enumeration enumeration;
  enumeration.level = static_cast<int>(response.level());
  enumeration.close_scope = response.samba_like() ? policy::CloseScope::kClient : policy::CloseScope::kPair;
  enumeration.reports_idle = !response.samba_like() && response.level() != 0;
  enumeration.sessions.reserve(static_cast<size_t>(response.sessions_size()));
  for (const v1::Session& row : response.sessions()) enumeration.sessions.push_back(MakeSession(row));
  MarkOwnSessions(response.own().user(), response.own().address(), &enumeration.sessions);
  return enumeration;
}

absl::Status ErrorFromTrailer(const grpc::Status& status, const std::string* trailer) {
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  v1::ErrorDetail detail;
  if (trailer == nullptr || !detail.ParseFromString(*trailer)) {
    return ServerError(code, CauseWithoutDetail(status.error_code()), 0, status.error_message());
  }
  // The cause becomes a metric label: a backend must not be able to make up new ones.
  const bool known = std::find(kCauses.begin(), kCauses.end(), detail.cause()) != kCauses.end();
  std::string message = status.error_message();
  if (detail.nt_status() != 0) absl::StrAppend(&message, " (NTSTATUS 0x", absl::Hex(detail.nt_status()), ")");
  return ServerError(code, known ? detail.cause() : "internal", detail.windows_error(), message);
}

absl::Status ErrorFromRpc(const grpc::Status& status, const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(kErrorDetailTrailer);
  if (found == trailers.end()) return ErrorFromTrailer(status, nullptr);
  const std::string bytes(found->second.data(), found->second.size());
  return ErrorFromTrailer(status, &bytes);
}

}  // namespace idlewarden::agent
