#include "tools/cli/record_command.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/clock/real_event_loop.h"
#include "agent/log/log.h"
#include "agent/servers/backend/find_worker.h"
#include "agent/servers/backend/remote_server.h"
#include "agent/servers/backend/worker_process.h"
#include "agent/servers/idle_trust.h"
#include "agent/servers/server_error.h"
#include "agent/settings/credentials_file.h"
#include "agent/settings/settings.h"
#include "policy/snapshot/snapshot_writer.h"

namespace idlewarden::tools {
namespace {

agent::Protection ProtectionOf(const std::string& word) {
  if (word == "off") return agent::Protection::kOff;
  if (word == "desired") return agent::Protection::kDesired;
  if (word == "required") return agent::Protection::kRequired;
  return agent::Protection::kDefault;
}

absl::StatusOr<agent::SmbSettings> MakeSettings(const RecordOptions& options) {
  agent::SmbSettings settings;
  settings.address = options.address;
  settings.port = options.port;
  settings.signing = ProtectionOf(options.signing);
  settings.encryption = ProtectionOf(options.encryption);
  absl::StatusOr<agent::Credentials> credentials = agent::ReadCredentialsFile(options.credentials_file);
  if (!credentials.ok()) return credentials.status();
  settings.credentials = *std::move(credentials);
  return settings;
}

// Runs `loop` until the enumeration is answered.
absl::StatusOr<agent::Enumeration> EnumerateOnce(agent::SessionServer& server, absl::Duration timeout,
                                                 agent::RealEventLoop& loop) {
  absl::StatusOr<agent::Enumeration> answer = absl::UnknownError("no answer");
  loop.Post([&] {
    server.Enumerate({.timeout = timeout}, [&](absl::StatusOr<agent::Enumeration> enumeration) {
      loop.Post([&answer, &loop, enumeration = std::move(enumeration)]() mutable {
        answer = std::move(enumeration);
        loop.Stop();
      });
    });
  });
  loop.Run();
  return answer;
}

absl::StatusOr<agent::Enumeration> EnumerateThroughWorker(const RecordOptions& options, agent::RealEventLoop& loop) {
  const absl::StatusOr<agent::SmbSettings> settings = MakeSettings(options);
  if (!settings.ok()) return settings.status();
  const absl::StatusOr<std::string> program = agent::FindWorkerBinary("", options.smb_worker);
  if (!program.ok()) return program.status();
  agent::WorkerProcessOptions worker_options;
  worker_options.program = *program;
  const absl::StatusOr<std::unique_ptr<agent::WorkerProcess>> worker =
      agent::WorkerProcess::Start(std::move(worker_options), &loop);
  if (!worker.ok()) return worker.status();
  agent::RemoteServer server(options.address, *settings, worker->get());
  return EnumerateOnce(server, options.timeout, loop);
}

policy::Snapshot MakeSnapshot(const RecordOptions& options, agent::Enumeration enumeration, absl::Time at) {
  // Idle times that cannot be believed are not recorded: a preview would take them for true.
  agent::IdleTrustJudge().Judge(&enumeration, agent::SteadyTime());  // the first: nothing has passed since another
  policy::ServerSnapshot server;
  server.name = options.name.empty() ? options.address : options.name;
  server.close_scope = enumeration.close_scope;
  for (policy::Session& session : enumeration.sessions) {
    if (!session.own) server.sessions.push_back(std::move(session));
  }
  return policy::Snapshot{.taken_at = at, .servers = {std::move(server)}};
}

}  // namespace

int RunRecordFromServer(const RecordOptions& options, Output& output) {
  std::optional<agent::ScopedLogSink> quiet;
  if (!options.verbose) quiet.emplace([](const agent::LogRecord&) {});
  agent::RealEventLoop loop;
  absl::StatusOr<agent::Enumeration> enumeration = EnumerateThroughWorker(options, loop);
  if (!enumeration.ok()) {
    return Fail(absl::StrCat(options.address, ": ", enumeration.status().message()), output);
  }
  output.out << policy::WriteSnapshot(MakeSnapshot(options, *std::move(enumeration), loop.Now())) << "\n";
  return kDone;
}

}  // namespace idlewarden::tools
