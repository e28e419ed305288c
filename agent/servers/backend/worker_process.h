// WorkerProcess: starts a backend program (idlewarden-smb-worker), watches it, starts it again when it dies.
//
// The worker listens on a Unix socket in a directory of its own that only this account can open; it is asked for its
// health before calls are sent to it, and again from time to time. After a death it is started again at once, then with
// exponential back-off; a worker that has lived for a while resets it. Calls that were in flight fail; calls made
// meanwhile wait for the next start as long as their own timeout allows.
//
// The worker's standard input is a pipe that closes when this process ends, by whatever way: a sign to exit.
//
// Threads: the event loop's, destructor included.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_WORKER_PROCESS_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_WORKER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/servers/backend/backend_connector.h"
#include "agent/servers/backend/find_worker.h"  // IWYU pragma: export

namespace idlewarden::agent {

struct WorkerProcessOptions {
  std::string program;                 // absolute path
  std::vector<std::string> arguments;  // before `--socket PATH`
  std::string runtime_parent;          // where the private directory is made; empty: $TMPDIR, else /tmp
  absl::Duration first_backoff = absl::Milliseconds(100);
  absl::Duration longest_backoff = absl::Seconds(30);
  absl::Duration healthy_after = absl::Minutes(1);   // a life this long resets the back-off
  absl::Duration start_timeout = absl::Seconds(20);  // not serving by then: killed and started again
  absl::Duration stop_timeout = absl::Seconds(2);    // after SIGTERM; then SIGKILL
  absl::Duration health_interval = absl::Seconds(10);
  absl::Duration health_timeout = absl::Seconds(10);  // no answer by then: it hangs, is killed and started again
  std::function<void()> on_restart;                   // after each start but the first, on the loop's thread
};

class WorkerProcess final : public BackendConnector {
 public:
  // Makes the private directory and starts the worker. An error if the directory cannot be made or the program cannot
  // be executed at all.
  static absl::StatusOr<std::unique_ptr<WorkerProcess>> Start(WorkerProcessOptions options, EventLoop* loop);
  // Stops the worker and removes the directory. Waits at most `stop_timeout`, then kills. Calls in flight fail.
  ~WorkerProcess() override;

  void WhenReady(absl::Duration timeout, ReadyCallback ready) override;

  bool ready() const;
  // Of the present worker; 0 if none is running.
  pid_t pid() const;
  // How often it was started again.
  uint64_t restarts() const;
  // Why it is not serving: the last exit; empty while it serves.
  std::string last_error() const;

 private:
  class Impl;
  explicit WorkerProcess(std::shared_ptr<Impl> impl);
  const std::shared_ptr<Impl> impl_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_WORKER_PROCESS_H_
