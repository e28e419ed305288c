#include "agent/servers/misconfigured_server.h"

#include <utility>

#include "agent/servers/server_error.h"

namespace idlewarden::agent {

MisconfiguredServer::MisconfiguredServer(std::string name, const absl::Status& why)
    : name_(std::move(name)), error_(ServerError(why.code(), "settings", 0, why.message())) {}

void MisconfiguredServer::Enumerate(const EnumerateRequest&, EnumerateCallback done) { done(error_); }

void MisconfiguredServer::Close(const CloseRequest&, CloseCallback done) { done(error_); }

}  // namespace idlewarden::agent
