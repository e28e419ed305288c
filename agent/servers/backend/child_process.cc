#include "agent/servers/backend/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

std::string DescribeExit(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return absl::StrCat("exit status ", info.si_status);
  return absl::StrCat("killed by signal ", info.si_status);
}

// posix_spawn with what ChildProcess promises; the error number, or 0.
int SpawnWithInput(const std::vector<std::string>& arguments, int input, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  const auto cleanup = absl::MakeCleanup([&] {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  });
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return posix_spawn(pid, argv[0], &actions, &attributes, argv.data(), environ);
}

}  // namespace

// Shared with the waiting thread and with the task that it posts.
class ChildProcess::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(pid_t pid, int input, EventLoop* loop, std::function<void(std::string)> on_exit)
      : pid_(pid), input_(input), loop_(loop), on_exit_(std::move(on_exit)) {}
  ~Watch() { CloseInput(); }

  void Begin() {
    waiter_ = std::thread([this] { WaitForExit(); });
  }

  pid_t pid() const { return pid_; }

  void Signal(int signal) {
    // Until it is reaped the number cannot name another process.
    if (!reaped_) kill(pid_, signal);
  }

  void Stop(absl::Duration timeout) {
    on_exit_ = nullptr;
    CloseInput();
    Signal(SIGTERM);
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!ended_.wait_for(lock, absl::ToChronoMilliseconds(timeout), [this] { return has_ended_; })) Signal(SIGKILL);
    }
    Reap();
  }

 private:
  void WaitForExit() {
    siginfo_t info = {};
    // Leaves it unreaped: only the loop's thread reaps, so that it knows what it may signal.
    while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    loop_->Post([weak = weak_from_this(), how = DescribeExit(info)] {
      if (const std::shared_ptr<Watch> watch = weak.lock()) watch->Exited(how);
    });
    std::lock_guard<std::mutex> lock(mutex_);
    has_ended_ = true;
    ended_.notify_all();
  }

  void Exited(const std::string& how) {
    Reap();
    // Moved out: the callback may destroy this.
    if (const std::function<void(std::string)> on_exit = std::exchange(on_exit_, nullptr)) on_exit(how);
  }

  void Reap() {
    if (waiter_.joinable()) waiter_.join();
    if (!reaped_) waitpid(pid_, nullptr, 0);
    reaped_ = true;
  }

  void CloseInput() {
    if (input_ >= 0) close(std::exchange(input_, -1));
  }

  const pid_t pid_;
  int input_;
  EventLoop* const loop_;
  std::function<void(std::string)> on_exit_;
  bool reaped_ = false;
  std::thread waiter_;

  std::mutex mutex_;
  std::condition_variable ended_;
  bool has_ended_ = false;  // guarded by mutex_
};

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Spawn(const std::vector<std::string>& arguments,
                                                                  EventLoop* loop,
                                                                  std::function<void(std::string)> on_exit) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "cannot make a pipe");
  pid_t pid = 0;
  const int error = SpawnWithInput(arguments, ends[0], &pid);
  close(ends[0]);
  if (error != 0) {
    close(ends[1]);
    return absl::ErrnoToStatus(error, absl::StrCat("cannot run ", arguments[0]));
  }
  auto watch = std::make_shared<Watch>(pid, ends[1], loop, std::move(on_exit));
  watch->Begin();
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(watch)));
}

ChildProcess::ChildProcess(std::shared_ptr<Watch> watch) : watch_(std::move(watch)) {}

ChildProcess::~ChildProcess() { watch_->Stop(absl::ZeroDuration()); }

pid_t ChildProcess::pid() const { return watch_->pid(); }

void ChildProcess::Kill() { watch_->Signal(SIGKILL); }

void ChildProcess::Stop(absl::Duration timeout) { watch_->Stop(timeout); }

}  // namespace idlewarden::agent
