#include "agent/servers/inventory.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/servers/backend/remote_server.h"
#include "agent/servers/recorded/recorded_server.h"
#include "agent/servers/simulated/fault_server.h"
#include "agent/servers/simulated/simulated_server.h"
#include "agent/settings/file_content.h"
#include "policy/snapshot/snapshot_reader.h"

namespace idlewarden::agent {
namespace {

// Recordings may be long.
constexpr size_t kMaxRecordingBytes = size_t{2} << 30;

IdleTrustOptions TrustOptions(const ServerSettings& settings) {
  IdleTrustOptions options;
  if (settings.idle_trust == IdleTrustSetting::kReported) options.fixed = IdleTrust::kReported;
  if (settings.idle_trust == IdleTrustSetting::kNone) options.fixed = IdleTrust::kNone;
  if (settings.backend == Backend::kSimulated) options.speed = settings.simulated.speed;
  if (settings.backend == Backend::kRecorded) options.speed = 0;
  return options;
}

std::unique_ptr<SessionServer> BuildSimulated(const ServerSettings& settings, EventLoop* loop) {
  const SimulatedSettings& simulated = settings.simulated;
  return std::make_unique<SimulatedServer>(SimulatedServerOptions{.name = settings.name,
                                                                  .generated_sessions = simulated.sessions,
                                                                  .seed = simulated.seed,
                                                                  .speed = simulated.speed,
                                                                  .latency = simulated.latency,
                                                                  .samba_like = simulated.samba_like},
                                           loop);
}

absl::StatusOr<std::unique_ptr<SessionServer>> BuildRecorded(const ServerSettings& settings) {
  const RecordedSettings& recorded = settings.recorded;
  absl::StatusOr<std::string> text = ReadWholeFile(recorded.file, kMaxRecordingBytes);
  if (!text.ok()) return text.status();
  auto snapshots = policy::ReadSnapshots(*text);
  if (!snapshots.ok()) {
    return absl::Status(snapshots.status().code(), absl::StrCat(recorded.file, ": ", snapshots.status().message()));
  }
  auto recordings = RecordingsOf(*snapshots, recorded.server, settings.name);
  if (!recordings.ok()) return recordings.status();
  return std::make_unique<RecordedServer>(settings.name, *std::move(recordings));
}

absl::StatusOr<std::unique_ptr<SessionServer>> BuildBackend(const ServerSettings& settings, EventLoop* loop,
                                                            BackendConnector* smb_backend) {
  switch (settings.backend) {
    case Backend::kSimulated:
      return BuildSimulated(settings, loop);
    case Backend::kRecorded:
      return BuildRecorded(settings);
    case Backend::kSmb:
      if (smb_backend == nullptr) return absl::FailedPreconditionError("there is no SMB worker");
      return std::make_unique<RemoteServer>(settings.name, settings.smb, smb_backend);
  }
  return absl::InternalError("unknown backend");
}

// With the faults that the settings ask for, if any.
std::unique_ptr<SessionServer> WithFaults(std::unique_ptr<SessionServer> server,
                                          const std::vector<FaultSettings>& faults, EventLoop* loop) {
  if (faults.empty()) return server;
  auto faulty = std::make_unique<FaultServer>(std::move(server), loop);
  for (const FaultSettings& fault : faults) faulty->faults().Add(MakeFault(fault));
  return faulty;
}

std::map<std::string, const ServerSettings*> ByName(const std::vector<ServerSettings>& servers) {
  std::map<std::string, const ServerSettings*> by_name;
  for (const ServerSettings& server : servers) by_name[server.name] = &server;
  return by_name;
}

}  // namespace

absl::StatusOr<ServerEntry> BuildServer(const ServerSettings& settings, EventLoop* loop,
                                        BackendConnector* smb_backend) {
  absl::StatusOr<std::unique_ptr<SessionServer>> server = BuildBackend(settings, loop, smb_backend);
  if (!server.ok()) {
    return absl::Status(server.status().code(),
                        absl::StrCat("server ", settings.name, ": ", server.status().message()));
  }
  ServerEntry entry;
  entry.name = settings.name;
  entry.labels = settings.labels;
  entry.server = WithFaults(*std::move(server), settings.faults, loop);
  entry.close_scope = settings.close_scope;
  entry.domain_separator = settings.domain_separator;
  entry.idle_trust = TrustOptions(settings);
  return entry;
}

absl::StatusOr<std::vector<ServerEntry>> BuildInventory(const Settings& settings, EventLoop* loop,
                                                        BackendConnector* smb_backend) {
  std::vector<ServerEntry> entries;
  entries.reserve(settings.servers.size());
  for (const ServerSettings& server : settings.servers) {
    absl::StatusOr<ServerEntry> entry = BuildServer(server, loop, smb_backend);
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  return entries;
}

bool NeedsSmbWorker(const Settings& settings) {
  return std::any_of(settings.servers.begin(), settings.servers.end(),
                     [](const ServerSettings& server) { return server.backend == Backend::kSmb; });
}

InventoryChange CompareServers(const std::vector<ServerSettings>& before, const std::vector<ServerSettings>& now) {
  InventoryChange change;
  const auto old_by_name = ByName(before);
  const auto new_by_name = ByName(now);
  for (const ServerSettings& server : now) {
    const auto old = old_by_name.find(server.name);
    if (old == old_by_name.end()) {
      change.added.push_back(server);
    } else if (!(*old->second == server)) {
      change.changed.push_back(server);
    }
  }
  for (const ServerSettings& server : before) {
    if (!new_by_name.contains(server.name)) change.removed.push_back(server.name);
  }
  return change;
}

}  // namespace idlewarden::agent
