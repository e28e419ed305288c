// idlewardend: the agent. Wires the command line, the signals and the application; everything else is in agent/app.

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "agent/app/agent_app.h"
#include "agent/app/signals.h"
#include "agent/control/grpc_log.h"
#include "agent/help/help_formatter.h"
#include "agent/version/version.h"
#include "policy/diagnostics/diagnostic.h"

namespace {

using idlewarden::agent::AgentApp;

int RunAgent(const AgentApp::Options& options, bool check_only) {
  idlewarden::agent::SignalWaiter signals;  // first: before any thread
  AgentApp app(options);
  const bool usable = app.Check();
  if (!usable || check_only) {
    for (const auto& diagnostic : app.diagnostics()) std::cerr << FormatDiagnostic(diagnostic) << "\n";
    return usable ? 0 : 1;
  }
  if (absl::Status status = app.Start(); !status.ok()) {
    std::cerr << "idlewardend: cannot start: " << status.message() << "\n";
    return 1;
  }
  signals.Start([&app](int signal) {
    if (signal == SIGHUP) return app.Reload();
    // The last resort, if a step of the end hangs: the default action of SIGALRM ends the process.
    alarm(AgentApp::kStopSeconds);
    app.Stop();
  });
  app.Run();
  signals.Stop();  // before the application goes
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  idlewarden::agent::LogGrpcMessages();
  CLI::App cli(
      "Ends idle SMB sessions by policy: enumerates the servers' sessions, decides by the policy, closes through one\n"
      "rate-limited gate.");
  cli.footer(
      "Example:\n  idlewardend --check --config /etc/idlewarden/idlewarden.yaml\n\nSIGHUP reads policy and servers "
      "again; SIGTERM stops the agent within 5 seconds.\n\nExit status: 0 stopped as asked (with --check: all is "
      "usable), 1 failure, 2 wrong usage.");
  AgentApp::Options options;
  bool check_only = false;
  cli.formatter(std::make_shared<idlewarden::HelpFormatter>("idlewardend --config FILE [OPTIONS]"));
  cli.set_help_flag("-h,--help", "print this help");
  cli.add_option("--config", options.config, "the settings file")->type_name("FILE")->required();
  cli.add_flag("--check", check_only, "only check the settings and the policy");
  cli.set_version_flag("--version", std::string("idlewardend ") + idlewarden::kVersion, "print the version");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // 2: wrong usage, as for the command line tools.
    return cli.exit(error) == 0 ? 0 : 2;
  }
  return RunAgent(options, check_only);
}
