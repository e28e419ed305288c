#include "agent/servers/inventory.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/server_error.h"
#include "gtest/gtest.h"
#include "policy/snapshot/snapshot_writer.h"

namespace idlewarden::agent {
namespace {

ServerSettings Simulated(const std::string& name, int sessions = 10) {
  ServerSettings server;
  server.name = name;
  server.backend = Backend::kSimulated;
  server.simulated.sessions = sessions;
  return server;
}

size_t Count(SessionServer& server) {
  size_t rows = 0;
  server.Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { rows = answer.ok() ? answer->sessions.size() : 0; });
  return rows;
}

// Never asked in these tests.
class NoBackend final : public BackendConnector {
 public:
  void WhenReady(absl::Duration timeout, ReadyCallback ready) override { ready(absl::UnavailableError("none")); }
};

TEST(InventoryTest, SimulatedServers) {
  SimulatedEventLoop loop;
  ServerSettings settings = Simulated("demo", 100);
  settings.labels = {{"site", "ams"}};
  settings.close_scope = policy::CloseScope::kClient;
  settings.domain_separator = "+";
  settings.simulated.speed = 60;
  const auto entry = BuildServer(settings, &loop, nullptr);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->name, "demo");
  EXPECT_EQ(entry->server->name(), "demo");
  EXPECT_EQ(entry->labels.at("site"), "ams");
  EXPECT_EQ(entry->close_scope, policy::CloseScope::kClient);
  EXPECT_EQ(entry->domain_separator, "+");
  EXPECT_EQ(entry->idle_trust.speed, 60);
  EXPECT_EQ(entry->idle_trust.fixed, std::nullopt);
  EXPECT_GT(Count(*entry->server), 80u);
}

TEST(InventoryTest, FaultsOfTheSettingsAct) {
  SimulatedEventLoop loop;
  ServerSettings settings = Simulated("flaky", 100);
  settings.faults = {{.kind = FaultKind::kError, .skip = 1, .count = 1, .windows_error = 5},
                     {.kind = FaultKind::kError, .skip = 1, .count = 1, .cause = "refused"}};
  const auto entry = BuildServer(settings, &loop, nullptr);
  ASSERT_TRUE(entry.ok()) << entry.status();
  std::string causes;
  for (int i = 0; i < 4; ++i) {
    entry->server->Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { causes += CauseOf(answer.status()) + " "; });
  }
  EXPECT_EQ(causes, "ok access-denied refused ok ");
}

TEST(InventoryTest, RecordedServersReadTheirFile) {
  SimulatedEventLoop loop;
  policy::Snapshot snapshot;
  snapshot.taken_at = absl::FromUnixSeconds(1'700'000'000);
  snapshot.servers.resize(1);
  snapshot.servers[0].name = "fs01";
  snapshot.servers[0].sessions.resize(3);
  std::string path = testing::TempDir() + "/inventory.XXXXXX";
  mkdtemp(path.data());
  path += "/snapshots.jsonl";
  std::ofstream(path) << policy::WriteSnapshot(snapshot) << "\n";
  ServerSettings settings;
  settings.name = "replay";
  settings.backend = Backend::kRecorded;
  settings.recorded.file = path;
  settings.idle_trust = IdleTrustSetting::kReported;
  const auto entry = BuildServer(settings, &loop, nullptr);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(Count(*entry->server), 3u);
  EXPECT_EQ(entry->idle_trust.fixed, IdleTrust::kReported);
  EXPECT_EQ(entry->idle_trust.speed, 0) << "recordings have no clock to compare with";

  settings.recorded.server = "fs02";
  const absl::Status unknown = BuildServer(settings, &loop, nullptr).status();
  EXPECT_TRUE(absl::StrContains(unknown.message(), "server replay: ")) << unknown;
  std::ofstream(path) << "no json";
  EXPECT_FALSE(BuildServer(settings, &loop, nullptr).ok());
  settings.recorded.file = "/nonexistent";
  EXPECT_EQ(BuildServer(settings, &loop, nullptr).status().code(), absl::StatusCode::kNotFound);
}

TEST(InventoryTest, SmbServersNeedABackend) {
  SimulatedEventLoop loop;
  NoBackend backend;
  ServerSettings settings;
  settings.name = "fs01";
  settings.smb.address = "10.0.0.5";
  EXPECT_EQ(BuildServer(settings, &loop, nullptr).status().code(), absl::StatusCode::kFailedPrecondition);
  const auto entry = BuildServer(settings, &loop, &backend);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->server->name(), "fs01");
}

TEST(InventoryTest, AllOrTheFirstError) {
  SimulatedEventLoop loop;
  Settings settings;
  settings.servers = {Simulated("a"), Simulated("b")};
  EXPECT_FALSE(NeedsSmbWorker(settings));
  EXPECT_EQ(BuildInventory(settings, &loop, nullptr)->size(), 2u);
  settings.servers.emplace_back().name = "fs01";
  EXPECT_TRUE(NeedsSmbWorker(settings));
  EXPECT_FALSE(BuildInventory(settings, &loop, nullptr).ok());
}

TEST(CompareServersTest, AddedChangedRemoved) {
  const std::vector<ServerSettings> before = {Simulated("a"), Simulated("b"), Simulated("c")};
  const std::vector<ServerSettings> now = {Simulated("d"), Simulated("c"), Simulated("b", 11)};
  const InventoryChange change = CompareServers(before, now);
  ASSERT_EQ(change.added.size(), 1u);
  EXPECT_EQ(change.added[0].name, "d");
  ASSERT_EQ(change.changed.size(), 1u);
  EXPECT_EQ(change.changed[0].name, "b");
  EXPECT_EQ(change.changed[0].simulated.sessions, 11);
  EXPECT_EQ(change.removed, (std::vector<std::string>{"a"}));
  EXPECT_TRUE(CompareServers(before, before).empty());
}

TEST(CompareServersTest, EveryPartOfAnEntryCounts) {
  const ServerSettings before = Simulated("a");
  const auto changed = [&](auto change) {
    ServerSettings now = before;
    change(now);
    return CompareServers({before}, {now}).changed.size() == 1;
  };
  EXPECT_TRUE(changed([](ServerSettings& s) { s.backend = Backend::kSmb; }));
  EXPECT_TRUE(changed([](ServerSettings& s) { s.labels["x"] = "y"; }));
  EXPECT_TRUE(changed([](ServerSettings& s) { s.smb.credentials.user = "x"; }));
  EXPECT_TRUE(changed([](ServerSettings& s) { s.smb.encryption = Protection::kRequired; }));
  EXPECT_TRUE(changed([](ServerSettings& s) { s.close_scope = policy::CloseScope::kPair; }));
  EXPECT_TRUE(changed([](ServerSettings& s) { s.domain_separator = "+"; }));
  EXPECT_TRUE(changed([](ServerSettings& s) { s.idle_trust = IdleTrustSetting::kNone; }));
  EXPECT_TRUE(changed([](ServerSettings& s) { s.recorded.file = "x"; }));
}

}  // namespace
}  // namespace idlewarden::agent
