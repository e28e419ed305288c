// The command line `idlewarden`.

#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "agent/control/grpc_log.h"
#include "tools/cli/app.h"

int main(int argc, char** argv) {
  // A reader that went away (`| head`) is no failure to report at length.
  std::signal(SIGPIPE, SIG_DFL);
  std::ios::sync_with_stdio(false);
  idlewarden::agent::LogGrpcMessages();
  idlewarden::tools::Output output{
      .out = std::cout, .err = std::cerr, .terminal = idlewarden::tools::DetectTerminal(STDOUT_FILENO)};
  try {
    return idlewarden::tools::RunApp({argv + 1, argv + argc}, output);
  } catch (const std::exception& error) {
    std::cerr << "idlewarden: " << error.what() << "\n";
    return idlewarden::tools::kFailed;
  }
}
