// MisconfiguredServer: stands for an entry of the settings that no server could be built from, so that it is polled,
// counted and shown as down with the reason like any other that cannot be reached, instead of vanishing.
//
// Threads: as SessionServer; callbacks run within the call.

#ifndef IDLEWARDEN_AGENT_SERVERS_MISCONFIGURED_SERVER_H_
#define IDLEWARDEN_AGENT_SERVERS_MISCONFIGURED_SERVER_H_

#include <string>

#include "absl/status/status.h"
#include "agent/servers/session_server.h"

namespace idlewarden::agent {

class MisconfiguredServer final : public SessionServer {
 public:
  // Every call is answered with `why`, which is not OK, and the cause `settings`.
  MisconfiguredServer(std::string name, const absl::Status& why);

  const std::string& name() const override { return name_; }
  void Enumerate(const EnumerateRequest& request, EnumerateCallback done) override;
  void Close(const CloseRequest& request, CloseCallback done) override;

 private:
  const std::string name_;
  const absl::Status error_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_MISCONFIGURED_SERVER_H_
