#include "agent/servers/backend/worker_process.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/real_event_loop.h"
#include "agent/servers/backend/remote_server.h"
#include "agent/servers/server_error.h"
#include "agent/settings/file_content.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

class WorkerProcessTest : public testing::Test {
 protected:
  static WorkerProcessOptions Options(const std::string& mode = "") {
    WorkerProcessOptions options;
    options.program = absl::StrCat(getenv("TEST_SRCDIR"), "/idlewarden/agent/servers/backend/testing/worker_fake_main");
    if (!mode.empty()) options.arguments = {"--mode", mode};
    options.runtime_parent = "/tmp";  // the test's own directory is too long for a socket
    options.first_backoff = absl::Milliseconds(20);
    options.longest_backoff = absl::Milliseconds(100);
    // A worker that only waits for its turn on a busy machine is not to be taken for one that hangs.
    options.start_timeout = absl::Minutes(1);
    options.health_timeout = absl::Minutes(1);
    return options;
  }
  void Start(WorkerProcessOptions options) {
    absl::StatusOr<std::unique_ptr<WorkerProcess>> started = WorkerProcess::Start(std::move(options), &loop_);
    ASSERT_TRUE(started.ok()) << started.status();
    worker_ = *std::move(started);
  }
  // Runs the loop until `condition` holds; fails after two minutes.
  void RunUntil(const std::function<bool()>& condition, const std::string& what) {
    const absl::Time give_up = loop_.Now() + absl::Minutes(2);
    std::function<void()> look = [&] {
      if (condition() || loop_.Now() > give_up) return loop_.Stop();
      loop_.RunAt(loop_.SteadyNow() + absl::Milliseconds(2), look);
    };
    look();
    loop_.Run();
    ASSERT_TRUE(condition()) << "waited two minutes for: " << what;
  }
  absl::Status Enumerate(const std::string& address, absl::Duration timeout = absl::Minutes(1)) {
    SmbSettings settings;
    settings.address = address;
    RemoteServer remote("fs01", settings, worker_.get());
    absl::Status result;
    bool answered = false;
    remote.Enumerate({.timeout = timeout}, [&](absl::StatusOr<Enumeration> answer) {
      loop_.Post([&, status = answer.status()] {
        result = status;
        answered = true;
      });
    });
    RunUntil([&] { return answered; }, "an answer");
    return result;
  }

  RealEventLoop loop_;
  std::unique_ptr<WorkerProcess> worker_;
};

TEST_F(WorkerProcessTest, ServesFromAPrivateDirectoryThatGoesAway) {
  std::string parent = "/tmp/worker_process_test.XXXXXX";
  WorkerProcessOptions options = Options();
  options.runtime_parent = mkdtemp(parent.data());
  Start(options);
  EXPECT_FALSE(worker_->ready());
  EXPECT_TRUE(Enumerate("10.0.0.5").ok());
  EXPECT_TRUE(worker_->ready());
  EXPECT_GT(worker_->pid(), 0);
  EXPECT_EQ(worker_->last_error(), "");
  const std::vector<std::string> directories = ExpandPattern(parent + "/*");
  ASSERT_EQ(directories.size(), 1u);
  struct stat status;
  ASSERT_EQ(stat(directories[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0700u);
  const pid_t pid = worker_->pid();
  worker_.reset();
  EXPECT_NE(kill(pid, 0), 0) << "the worker still runs";
  EXPECT_NE(stat(directories[0].c_str(), &status), 0) << "its directory is still there";
  EXPECT_EQ(rmdir(parent.c_str()), 0);
}

TEST_F(WorkerProcessTest, AKilledWorkerCostsTheCallInFlightAndNoOther) {
  int restarts_told = 0;
  WorkerProcessOptions options = Options();
  options.on_restart = [&] { ++restarts_told; };
  Start(options);
  ASSERT_TRUE(Enumerate("10.0.0.5").ok());
  const pid_t first = worker_->pid();
  EXPECT_EQ(CauseOf(Enumerate("crash")), "worker");
  // Its connection may end before its death is seen: a call in between would be one in flight, too.
  RunUntil([&] { return worker_->pid() != first; }, "its end");
  // The next call waits until the worker is there again.
  EXPECT_TRUE(Enumerate("10.0.0.5").ok());
  EXPECT_GE(worker_->restarts(), 1u);
  EXPECT_EQ(static_cast<uint64_t>(restarts_told), worker_->restarts());
  EXPECT_NE(worker_->pid(), first);
}

TEST_F(WorkerProcessTest, EveryKillIsRecoveredFrom) {
  Start(Options());
  for (uint64_t kills = 1; kills <= 5; ++kills) {
    ASSERT_TRUE(Enumerate("10.0.0.5").ok());
    const pid_t killed = worker_->pid();
    ASSERT_GT(killed, 0);
    kill(killed, SIGKILL);
    RunUntil([&] { return worker_->restarts() >= kills && worker_->ready() && worker_->pid() != killed; },
             "the restart");
  }
}

TEST_F(WorkerProcessTest, ACrashLoopBacksOffAndFailsCallsWithCauseWorker) {
  Start(Options("exit"));
  RunUntil([&] { return worker_->restarts() >= 5; }, "five restarts");
  EXPECT_FALSE(worker_->ready());
  const absl::Status status = Enumerate("10.0.0.5", absl::Milliseconds(300));
  EXPECT_EQ(CauseOf(status), "worker");
  EXPECT_NE(status.message().find("exit status 3"), absl::string_view::npos) << status;
}

TEST_F(WorkerProcessTest, BackOffGrowsToItsLimit) {
  WorkerProcessOptions options = Options("exit");
  options.first_backoff = absl::Hours(1);
  options.longest_backoff = absl::Hours(2);
  Start(options);
  // The first restart is at once, the second only after the first back-off.
  RunUntil([&] { return worker_->restarts() == 1 && worker_->pid() == 0; }, "the second death");
  EXPECT_EQ(CauseOf(Enumerate("10.0.0.5", absl::Minutes(10))), "worker") << "no wait where none can help";
  EXPECT_EQ(worker_->restarts(), 1u);
}

TEST_F(WorkerProcessTest, AWorkerThatNeverListensIsKilledAndStartedAgain) {
  WorkerProcessOptions options = Options("deaf");
  options.start_timeout = absl::Milliseconds(100);
  Start(options);
  RunUntil([&] { return worker_->restarts() >= 2; }, "two restarts");
  EXPECT_FALSE(worker_->ready());
}

TEST_F(WorkerProcessTest, AStoppedWorkerIsFoundByItsHealth) {
  WorkerProcessOptions options = Options();
  options.health_interval = absl::Milliseconds(20);
  options.health_timeout = absl::Seconds(3);
  Start(options);
  ASSERT_TRUE(Enumerate("10.0.0.5").ok());
  const pid_t stopped = worker_->pid();
  ASSERT_GT(stopped, 0);
  kill(stopped, SIGSTOP);
  RunUntil([&] { return worker_->restarts() >= 1 && worker_->ready() && worker_->pid() != stopped; }, "the restart");
}

TEST_F(WorkerProcessTest, AStubbornWorkerIsKilledAtTheEnd) {
  WorkerProcessOptions options = Options("stubborn");
  options.stop_timeout = absl::Milliseconds(50);
  Start(options);
  ASSERT_TRUE(Enumerate("10.0.0.5").ok());
  const pid_t pid = worker_->pid();
  worker_.reset();
  EXPECT_NE(kill(pid, 0), 0);
}

TEST_F(WorkerProcessTest, CallsThatWaitAreAnsweredAtTheEnd) {
  WorkerProcessOptions options = Options("deaf");
  Start(options);
  absl::Status status;
  worker_->WhenReady(absl::Hours(1), [&](absl::StatusOr<BackendChannel> ready) { status = ready.status(); });
  worker_.reset();
  EXPECT_EQ(CauseOf(status), "worker");
}

TEST_F(WorkerProcessTest, ADirectoryTooLongForASocketIsAnErrorAtOnce) {
  WorkerProcessOptions options = Options();
  options.runtime_parent = "/tmp/" + std::string(100, 'x');
  EXPECT_EQ(WorkerProcess::Start(options, &loop_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(WorkerProcessTest, AProgramThatCannotRunIsAnErrorAtOnce) {
  WorkerProcessOptions options = Options();
  options.program = "/nonexistent/worker";
  const auto started = WorkerProcess::Start(options, &loop_);
  EXPECT_EQ(started.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(started.status().message().find("/nonexistent/worker"), absl::string_view::npos);
}

}  // namespace
}  // namespace idlewarden::agent
