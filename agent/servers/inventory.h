// From the server entries of the settings to SessionServers, and from two lists of entries to what changed.
//
// Threads: the event loop's.

#ifndef IDLEWARDEN_AGENT_SERVERS_INVENTORY_H_
#define IDLEWARDEN_AGENT_SERVERS_INVENTORY_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/clock/event_loop.h"
#include "agent/servers/backend/backend_connector.h"
#include "agent/servers/idle_trust.h"
#include "agent/servers/session_server.h"
#include "agent/settings/settings.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

struct ServerEntry {
  std::string name;
  std::map<std::string, std::string> labels;
  std::unique_ptr<SessionServer> server;
  std::optional<policy::CloseScope> close_scope;  // instead of what its enumerations show
  std::string domain_separator;                   // the same; empty: as they say
  IdleTrustOptions idle_trust;                    // for the IdleTrustJudge of this server
};

// One entry. `smb_backend` may be null if the entry is not of backend smb. Reads the file of a recorded server:
// InvalidArgument or NotFound that name the entry if it is of no use.
absl::StatusOr<ServerEntry> BuildServer(const ServerSettings& settings, EventLoop* loop, BackendConnector* smb_backend);

// All entries; the first error that occurs.
absl::StatusOr<std::vector<ServerEntry>> BuildInventory(const Settings& settings, EventLoop* loop,
                                                        BackendConnector* smb_backend);

// Whether any entry needs the SMB worker.
bool NeedsSmbWorker(const Settings& settings);

// What changed between two lists of entries, by name. A changed entry is one whose server has to be built anew.
struct InventoryChange {
  std::vector<ServerSettings> added;
  std::vector<ServerSettings> changed;  // as they are now
  std::vector<std::string> removed;

  bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};
InventoryChange CompareServers(const std::vector<ServerSettings>& before, const std::vector<ServerSettings>& now);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_INVENTORY_H_
