#include "agent/servers/backend/worker_process.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/log/log.h"
#include "agent/servers/backend/child_process.h"
#include "agent/servers/backend/remote_queue.h"
#include "agent/servers/backend/worker_health.h"
#include "agent/servers/server_error.h"

namespace idlewarden::agent {
namespace {

// A Unix socket's path has at most 107 characters (unix(7)); the rest is for our own names.
constexpr size_t kLongestParent = 107 - sizeof("/idlewarden-worker.XXXXXX/4294967295.sock");

absl::Status WorkerError(absl::string_view why) {
  return ServerError(absl::StatusCode::kUnavailable, "worker", 0,
                     absl::StrCat("the worker process is not there: ", why));
}

std::string TemporaryDirectory() {
  const char* tmpdir = std::getenv("TMPDIR");
  const bool usable = tmpdir != nullptr && *tmpdir != '\0' && strlen(tmpdir) <= kLongestParent;
  return usable ? tmpdir : "/tmp";
}

absl::StatusOr<std::string> MakePrivateDirectory(const std::string& parent) {
  const std::string base = parent.empty() ? TemporaryDirectory() : parent;
  if (base.size() > kLongestParent) {
    return absl::InvalidArgumentError(absl::StrCat(base, " is too long for the path of a Unix socket"));
  }
  std::string path = absl::StrCat(base, "/idlewarden-worker.XXXXXX");
  // mkdtemp makes it with mode 0700.
  if (mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  return path;
}

}  // namespace

class WorkerProcess::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(WorkerProcessOptions options, std::string directory, EventLoop* loop)
      : options_(std::move(options)), directory_(std::move(directory)), loop_(loop) {}

  absl::Status Spawn();
  void Stop();
  void WhenReady(absl::Duration timeout, ReadyCallback ready);

  bool ready() const { return ready_; }
  pid_t pid() const { return child_ == nullptr ? 0 : child_->pid(); }
  uint64_t restarts() const { return restarts_; }
  const std::string& last_error() const { return last_error_; }

 private:
  struct Waiting {
    ReadyCallback ready;
    SteadyTime deadline;
    EventLoop::TimerId timer;
  };

  BackendChannel Here(absl::Duration remaining) const { return {channel_, queue_.get(), remaining}; }
  std::string SocketPath() const { return absl::StrCat(directory_, "/", generation_, ".sock"); }
  void AskHealth(absl::Duration timeout);
  void HealthAnswered(uint64_t generation, const absl::Status& status);
  void BecomeReady();
  void Died(const std::string& how);
  void Restart();
  void ForgetChild();
  void GiveUp(uint64_t waiting, absl::string_view why);
  void SetTimer(EventLoop::TimerId* timer, absl::Duration delay, void (Impl::*then)());

  const WorkerProcessOptions options_;
  const std::string directory_;
  EventLoop* const loop_;

  std::unique_ptr<RemoteQueue> queue_ = std::make_unique<RemoteQueue>();
  std::unique_ptr<ChildProcess> child_;
  std::shared_ptr<grpc::Channel> channel_;
  std::function<void()> cancel_health_;
  uint64_t generation_ = 0;  // of the child; answers that belong to an earlier one are ignored
  uint64_t restarts_ = 0;
  bool ready_ = false;
  bool stopped_ = false;
  std::string last_error_ = "it is starting";
  absl::Duration backoff_;  // before the next start
  SteadyTime next_start_;   // while no child runs
  EventLoop::TimerId restart_timer_ = 0;
  EventLoop::TimerId health_timer_ = 0;
  EventLoop::TimerId healthy_timer_ = 0;
  std::map<uint64_t, Waiting> waiting_;
  uint64_t next_waiting_ = 1;
};

void WorkerProcess::Impl::SetTimer(EventLoop::TimerId* timer, absl::Duration delay, void (Impl::*then)()) {
  *timer = loop_->RunAt(loop_->SteadyNow() + delay, [this, timer, then] {
    *timer = 0;
    (this->*then)();
  });
}

absl::Status WorkerProcess::Impl::Spawn() {
  ++generation_;
  std::vector<std::string> arguments = {options_.program};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  arguments.insert(arguments.end(), {"--socket", SocketPath()});
  auto child = ChildProcess::Spawn(arguments, loop_, [this](const std::string& how) { Died(how); });
  if (!child.ok()) return child.status();
  child_ = *std::move(child);
  channel_ = MakeWorkerChannel(SocketPath());
  Log(LogLevel::kInfo, "worker-started", {{"pid", child_->pid()}, {"program", options_.program}});
  AskHealth(options_.start_timeout);
  return absl::OkStatus();
}

void WorkerProcess::Impl::AskHealth(absl::Duration timeout) {
  cancel_health_ = CheckHealth(channel_, queue_.get(), timeout,
                               [weak = weak_from_this(), loop = loop_, generation = generation_](absl::Status status) {
                                 loop->Post([weak, generation, status] {
                                   if (const std::shared_ptr<Impl> impl = weak.lock())
                                     impl->HealthAnswered(generation, status);
                                 });
                               });
}

void WorkerProcess::Impl::HealthAnswered(uint64_t generation, const absl::Status& status) {
  if (stopped_ || generation != generation_ || child_ == nullptr) return;
  if (!status.ok()) {
    // It hangs: its death, which follows, leads to the next start.
    Log(LogLevel::kError, "worker-unhealthy", {{"pid", child_->pid()}, {"error", status}});
    child_->Kill();
    return;
  }
  if (!ready_) BecomeReady();
  health_timer_ = loop_->RunAt(loop_->SteadyNow() + options_.health_interval, [this] {
    health_timer_ = 0;
    AskHealth(options_.health_timeout);
  });
}

void WorkerProcess::Impl::BecomeReady() {
  ready_ = true;
  last_error_.clear();
  healthy_timer_ = loop_->RunAt(loop_->SteadyNow() + options_.healthy_after, [this] {
    healthy_timer_ = 0;
    backoff_ = absl::ZeroDuration();
  });
  for (auto& [id, waiting] : std::exchange(waiting_, {})) {
    loop_->CancelTimer(waiting.timer);
    waiting.ready(Here(std::max(waiting.deadline - loop_->SteadyNow(), absl::ZeroDuration())));
  }
}

void WorkerProcess::Impl::ForgetChild() {
  if (cancel_health_) std::exchange(cancel_health_, nullptr)();
  for (EventLoop::TimerId* timer : {&restart_timer_, &health_timer_, &healthy_timer_}) {
    if (*timer != 0) loop_->CancelTimer(std::exchange(*timer, 0));
  }
  ready_ = false;
  channel_.reset();
  unlink(SocketPath().c_str());
}

void WorkerProcess::Impl::Died(const std::string& how) {
  const std::unique_ptr<ChildProcess> dead = std::move(child_);
  ForgetChild();
  last_error_ = absl::StrCat("it ended with ", how);
  next_start_ = loop_->SteadyNow() + backoff_;
  Log(LogLevel::kError, "worker-died",
      {{"pid", dead == nullptr ? 0 : dead->pid()}, {"how", how}, {"restart_in", backoff_}});
  SetTimer(&restart_timer_, backoff_, &Impl::Restart);
  backoff_ = std::clamp(backoff_ * 2, options_.first_backoff, options_.longest_backoff);
  // Those whose time ends before the next start need not wait for it.
  std::vector<uint64_t> hopeless;
  for (const auto& [id, waiting] : waiting_) {
    if (waiting.deadline <= next_start_) hopeless.push_back(id);
  }
  for (const uint64_t id : hopeless) GiveUp(id, last_error_);
}

void WorkerProcess::Impl::Restart() {
  ++restarts_;
  const absl::Status started = Spawn();
  if (!started.ok()) return Died(started.ToString());
  if (options_.on_restart) options_.on_restart();
}

void WorkerProcess::Impl::GiveUp(uint64_t waiting, absl::string_view why) {
  auto node = waiting_.extract(waiting);
  if (node.empty()) return;
  loop_->CancelTimer(node.mapped().timer);
  node.mapped().ready(WorkerError(why));
}

void WorkerProcess::Impl::WhenReady(absl::Duration timeout, ReadyCallback ready) {
  if (ready_) return ready(Here(timeout));
  const SteadyTime deadline = loop_->SteadyNow() + timeout;
  if (stopped_ || (child_ == nullptr && next_start_ >= deadline)) return ready(WorkerError(last_error_));
  const uint64_t id = next_waiting_++;
  const EventLoop::TimerId timer = loop_->RunAt(deadline, [this, id] { GiveUp(id, last_error_); });
  waiting_[id] = {std::move(ready), deadline, timer};
}

void WorkerProcess::Impl::Stop() {
  stopped_ = true;
  ForgetChild();
  if (child_ != nullptr) child_->Stop(options_.stop_timeout);
  child_.reset();
  last_error_ = "it was stopped";
  while (!waiting_.empty()) GiveUp(waiting_.begin()->first, last_error_);
  // Ends its thread, which posts to the loop.
  queue_.reset();
  unlink(SocketPath().c_str());
  rmdir(directory_.c_str());
}

absl::StatusOr<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(WorkerProcessOptions options, EventLoop* loop) {
  absl::StatusOr<std::string> directory = MakePrivateDirectory(options.runtime_parent);
  if (!directory.ok()) return directory.status();
  auto impl = std::make_shared<Impl>(std::move(options), *std::move(directory), loop);
  std::unique_ptr<WorkerProcess> worker(new WorkerProcess(impl));  // its destructor removes the directory
  const absl::Status started = impl->Spawn();
  if (!started.ok()) return started;
  return worker;
}

WorkerProcess::WorkerProcess(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
WorkerProcess::~WorkerProcess() { impl_->Stop(); }

void WorkerProcess::WhenReady(absl::Duration timeout, ReadyCallback ready) {
  impl_->WhenReady(timeout, std::move(ready));
}
bool WorkerProcess::ready() const { return impl_->ready(); }
pid_t WorkerProcess::pid() const { return impl_->pid(); }
uint64_t WorkerProcess::restarts() const { return impl_->restarts(); }
std::string WorkerProcess::last_error() const { return impl_->last_error(); }

}  // namespace idlewarden::agent
