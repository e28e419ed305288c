// Between the messages of proto/idlewarden/backend/v1 and the agent's own values: what RemoteServer sends and makes of
// the answers. Pure functions.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_MESSAGES_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_MESSAGES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/servers/session_server.h"
#include "agent/settings/settings.h"
#include "grpcpp/client_context.h"
#include "proto/idlewarden/backend/v1/backend.pb.h"

namespace idlewarden::agent {

// The metadata key of the serialised ErrorDetail.
inline constexpr char kErrorDetailTrailer[] = "idlewarden-error-bin";

backend::v1::Target MakeTarget(const std::string& name, const SmbSettings& settings);

// The client without leading backslashes, as the proto's filters are written.
std::string BareClient(absl::string_view client);

Enumeration EnumerationFromResponse(const backend::v1::EnumerateSessionsResponse& response);

// The failed RPC's status, with the Windows error and the cause of its trailer; without a trailer the cause is
// `timeout`, `worker` if the backend is gone, `protocol` or `internal`.
absl::Status ErrorFromRpc(const grpc::Status& status, const grpc::ClientContext& context);
// The same from the trailer's bytes; `trailer` null: there was none.
absl::Status ErrorFromTrailer(const grpc::Status& status, const std::string* trailer);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_REMOTE_MESSAGES_H_
