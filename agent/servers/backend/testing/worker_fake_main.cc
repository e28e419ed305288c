// A worker program for the tests of WorkerProcess: serves FakeBackend on `--socket PATH` until its standard input ends
// or it gets SIGTERM. Started with `--mode MODE` first it misbehaves: `exit` ends at once with status 3, `deaf` never
// listens, `stubborn` ignores SIGTERM and the end of its input.

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "agent/servers/backend/testing/worker_fake_backend.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"

namespace {

void WaitForEndOfInput() {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

int Serve(const std::string& socket, bool stubborn) {
  grpc::EnableDefaultHealthCheckService(true);
  idlewarden::agent::FakeBackend backend;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
  builder.RegisterService(&backend);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  if (stubborn) signal(SIGTERM, SIG_IGN);
  WaitForEndOfInput();
  while (stubborn) pause();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::string mode;
  std::string socket;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string(argv[i]) == "--mode") mode = argv[i + 1];
    if (std::string(argv[i]) == "--socket") socket = argv[i + 1];
  }
  if (socket.empty()) {
    fprintf(stderr, "usage: %s [--mode MODE] --socket PATH\n", argv[0]);
    return 2;
  }
  if (mode == "exit") return 3;
  if (mode == "deaf") {
    WaitForEndOfInput();
    return 0;
  }
  // Not through static destructors: gRPC's threads may still run.
  _exit(Serve(socket, mode == "stubborn"));
}
