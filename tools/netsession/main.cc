// netsessiondel: the program of the NetSessionDel documentation, for Linux, through an SMB worker of its own.

#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/clock/real_event_loop.h"
#include "agent/control/grpc_log.h"
#include "agent/log/log.h"
#include "agent/servers/backend/find_worker.h"
#include "agent/servers/backend/remote_server.h"
#include "agent/servers/backend/worker_process.h"
#include "agent/settings/credentials_file.h"
#include "agent/settings/settings.h"
#include "tools/netsession/arguments.h"
#include "tools/netsession/session_delete.h"

namespace idlewarden::tools {
namespace {

agent::Protection ProtectionOf(const std::string& word) {
  if (word == "off") return agent::Protection::kOff;
  if (word == "desired") return agent::Protection::kDesired;
  if (word == "required") return agent::Protection::kRequired;
  return agent::Protection::kDefault;
}

absl::StatusOr<agent::Credentials> FindCredentials(const DeleteArguments& arguments) {
  if (!arguments.credentials_file.empty()) return agent::ReadCredentialsFile(arguments.credentials_file);
  const char* cache = std::getenv("KRB5CCNAME");
  if (cache == nullptr || cache[0] == '\0') {
    return absl::InvalidArgumentError("no credentials: name a file with --credentials-file, or log on with kinit");
  }
  agent::Credentials credentials;
  credentials.kerberos_cache = cache;
  return credentials;
}

absl::StatusOr<agent::SmbSettings> MakeSettings(const DeleteArguments& arguments) {
  absl::StatusOr<agent::Credentials> credentials = FindCredentials(arguments);
  if (!credentials.ok()) return credentials.status();
  agent::SmbSettings settings;
  settings.address = arguments.server;
  settings.port = arguments.port;
  settings.signing = ProtectionOf(arguments.signing);
  settings.encryption = ProtectionOf(arguments.encryption);
  settings.credentials = *std::move(credentials);
  return settings;
}

class RemoteBackend final : public DeleteBackend {
 public:
  RemoteBackend(agent::RemoteServer* server, const DeleteArguments& arguments)
      : server_(server), arguments_(arguments), timeout_(absl::Seconds(arguments.timeout_seconds)) {}

  void Enumerate(std::function<void(absl::StatusOr<agent::Enumeration>)> done) override {
    server_->Enumerate({.timeout = timeout_}, std::move(done));
  }

  void Delete(const std::string& client, const std::string& user, std::function<void(absl::Status)> done) override {
    server_->CloseWildcard({.client = client, .user = user, .timeout = timeout_}, arguments_.all_clients,
                           arguments_.all_users, std::move(done));
  }

 private:
  agent::RemoteServer* const server_;
  const DeleteArguments& arguments_;
  const absl::Duration timeout_;
};

absl::StatusOr<DeleteReport> Run(const DeleteArguments& arguments) {
  const absl::StatusOr<agent::SmbSettings> settings = MakeSettings(arguments);
  if (!settings.ok()) return settings.status();
  const absl::StatusOr<std::string> program = agent::FindWorkerBinary("", arguments.smb_worker);
  if (!program.ok()) return program.status();
  agent::RealEventLoop loop;
  agent::WorkerProcessOptions options;
  options.program = *program;
  const absl::StatusOr<std::unique_ptr<agent::WorkerProcess>> worker =
      agent::WorkerProcess::Start(std::move(options), &loop);
  if (!worker.ok()) return worker.status();
  agent::RemoteServer server(arguments.server, *settings, worker->get());
  RemoteBackend backend(&server, arguments);
  DeleteReport report;
  SessionDelete session_delete(arguments, &loop, &backend, [&](DeleteReport done) {
    report = std::move(done);
    loop.Stop();
  });
  loop.Post([&session_delete] { session_delete.Start(); });
  loop.Run();
  return report;
}

}  // namespace
}  // namespace idlewarden::tools

int main(int argc, char** argv) {
  idlewarden::tools::DeleteArguments arguments;
  const std::vector<std::string> command_line(argv + 1, argv + argc);
  const std::optional<int> exit_status =
      idlewarden::tools::ReadArguments(command_line, &arguments, std::cout, std::cerr);
  if (exit_status) return *exit_status;
  idlewarden::agent::LogGrpcMessages();
  std::optional<idlewarden::agent::ScopedLogSink> quiet;
  if (!arguments.verbose) quiet.emplace([](const idlewarden::agent::LogRecord&) {});
  const absl::StatusOr<idlewarden::tools::DeleteReport> report = idlewarden::tools::Run(arguments);
  if (!report.ok()) {
    std::cerr << "netsessiondel: " << std::string(report.status().message()) << "\n";
    return EXIT_FAILURE;
  }
  (report->success ? std::cout : std::cerr) << report->text << "\n";
  return report->success ? EXIT_SUCCESS : EXIT_FAILURE;
}
