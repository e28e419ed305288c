// SPDX-License-Identifier: GPL-3.0-or-later
//
// idlewarden-smb-worker: serves idlewarden.backend.v1.SessionBackend over MS-SRVS on a Unix socket.

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include "agent/smb_worker/backend_service.h"
#include "agent/smb_worker/dcerpc_pipe.h"
#include "agent/smb_worker/loop_watch.h"
#include "agent/smb_worker/server_connector.h"
#include "agent/smb_worker/server_pool.h"
#include "agent/smb_worker/tevent_loop.h"
#include "agent/version/version.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"

namespace {

using namespace idlewarden::smb;  // NOLINT(google-build-using-namespace): the program of this folder

constexpr char kUsage[] =
    R"(usage: idlewarden-smb-worker --socket PATH

Enumerates and ends the sessions of SMB servers (MS-SRVS) for idlewardend, which starts it. Serves
idlewarden.backend.v1.SessionBackend and grpc.health.v1.Health on the Unix socket PATH, which only this account can
open. Ends on SIGTERM, when the process that started it ends, and when its standard input is a pipe that is closed.

  --socket PATH  where to listen; the folder must exist
  --version      print the version
  --help         print this

Example: idlewarden-smb-worker --socket /run/idlewarden/smb.sock
)";

// Open calls get this long when the worker ends.
constexpr std::chrono::milliseconds kShutdownTime{200};
// Sent by the kernel when the thread that started us ends.
constexpr int kParentSignal = SIGUSR1;

int Fail(const std::string& what) {
  std::fprintf(stderr, "idlewarden-smb-worker: %s\n", what.c_str());
  return 1;
}

std::string ErrnoText() { return std::generic_category().message(errno); }

// Whether the end of standard input is a sign to end: a pipe of the process that started us.
bool HasInputPipe() {
  struct stat input = {};
  return fstat(STDIN_FILENO, &input) == 0 && (S_ISFIFO(input.st_mode) || S_ISSOCK(input.st_mode));
}

// Signals that end the worker, blocked in every thread that is started later, and read from a file descriptor. A
// terminal's signals go to a whole group of processes: where an agent holds the pipe, it decides when to end.
int OpenSignals() {
  signal(SIGHUP, SIG_IGN);
  if (HasInputPipe()) signal(SIGINT, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGTERM, kParentSignal}) sigaddset(&signals, number);
  if (!HasInputPipe()) sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

// Blocks until it is time to end; looks at the loop meanwhile. Whether a signal said so.
bool WaitForEnd(int signals, pid_t parent, LoopWatch& watch) {
  constexpr int kPeriodMs = static_cast<int>(std::chrono::milliseconds(LoopWatch::kPeriod).count());
  pollfd waits[] = {{signals, POLLIN, 0}, {HasInputPipe() ? STDIN_FILENO : -1, POLLIN, 0}};
  while (getppid() == parent) {
    const int ready = poll(waits, 2, kPeriodMs);
    if (ready < 0 && errno != EINTR) return false;
    if (ready == 0) watch.Look();
    if (ready <= 0) continue;
    if (waits[1].revents != 0) {
      char byte;
      if (read(STDIN_FILENO, &byte, 1) <= 0) return false;
    }
    if (waits[0].revents == 0) continue;
    signalfd_siginfo info = {};
    if (read(signals, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) return false;
    // The parent's thread that started us may end while the process lives: then the loop's condition says go on.
    if (info.ssi_signo != static_cast<uint32_t>(kParentSignal)) return true;
    prctl(PR_SET_PDEATHSIG, kParentSignal);
  }
  return false;
}

// Whether the process that started us is gone. The end of its pipe comes a moment before the kernel says so.
bool ParentHasDied(int signals, pid_t parent) {
  constexpr int kMomentMs = 250;
  pollfd wait = {signals, POLLIN, 0};
  if (getppid() == parent) poll(&wait, 1, kMomentMs);
  return getppid() != parent;
}

// Removes the folder that a dead agent made for the socket: nobody else knows its name. Only if it is empty.
void RemoveFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) rmdir(path.substr(0, slash).c_str());
}

std::unique_ptr<grpc::Server> Listen(const std::string& path, BackendService& service) {
  struct stat old = {};
  if (lstat(path.c_str(), &old) == 0 && S_ISSOCK(old.st_mode)) unlink(path.c_str());
  umask(0177);  // the socket is for this account alone from its first moment
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server != nullptr) server->GetHealthCheckService()->SetServingStatus(true);
  return server;
}

int Serve(const std::string& path) {
  const pid_t parent = getppid();
  const int signals = OpenSignals();
  if (signals < 0) return Fail("signalfd: " + ErrnoText());
  prctl(PR_SET_PDEATHSIG, kParentSignal);
  if (getppid() != parent) return Fail("the process that started this one has ended");

  absl::Status started;
  TeventLoop loop([&started] { started = DcerpcConnector::InitLibrary(); });
  std::unique_ptr<ServerConnector> connector;
  std::unique_ptr<ServerPool> pool;
  connector = std::make_unique<ServerConnector>(&loop);
  pool = std::make_unique<ServerPool>(&loop, connector.get());
  BackendService service(&loop, pool.get());
  const std::unique_ptr<grpc::Server> server = Listen(path, service);
  if (server == nullptr) return Fail("cannot listen on " + path);
  LoopWatch watch(&loop, [&server](bool serving) {
    std::fprintf(stderr, "idlewarden-smb-worker: %s\n", serving ? "the event loop goes on" : "the event loop is stuck");
    server->GetHealthCheckService()->SetServingStatus(serving);
  });
  const bool told = WaitForEnd(signals, parent, watch);

  server->GetHealthCheckService()->SetServingStatus(false);
  unlink(path.c_str());
  // A time span: gRPC counts it from now.
  server->Shutdown(gpr_time_from_millis(kShutdownTime.count(), GPR_TIMESPAN));
  if (!told && ParentHasDied(signals, parent)) RemoveFolderOf(path);
  // The kernel closes the connections. Waiting for the loop could take as long as a name server or a KDC likes.
  _exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  if (option == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (option == "--version") {
    std::printf("idlewarden-smb-worker %s\n", idlewarden::kVersion);
    return 0;
  }
  if (option != "--socket" || argc != 3 || argv[2][0] == '\0') {
    std::fputs(kUsage, stderr);
    return 2;
  }
  return Serve(argv[2]);
}
