// ChildProcess: a program started by this process, watched until it ends.
//
// It gets no descriptor of this process but standard output and error, and a standard input that ends when this process
// does; default signal handling; and a process group of its own, so that a Ctrl-C on the terminal reaches only us.
//
// Threads: the event loop's. A thread of its own waits for the exit and posts it to the loop.

#ifndef IDLEWARDEN_AGENT_SERVERS_BACKEND_CHILD_PROCESS_H_
#define IDLEWARDEN_AGENT_SERVERS_BACKEND_CHILD_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"

namespace idlewarden::agent {

class ChildProcess {
 public:
  // Runs `arguments[0]` (a path). `on_exit` is called on the loop's thread with a description of how it ended ("exit
  // status 1", "killed by signal 9"); not any more once Stop was called or this object is destroyed.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Spawn(const std::vector<std::string>& arguments, EventLoop* loop,
                                                             std::function<void(std::string)> on_exit);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills it if it still runs.
  ~ChildProcess();

  pid_t pid() const;
  // SIGKILL; on_exit follows.
  void Kill();
  // Closes its standard input and sends SIGTERM; SIGKILL after `timeout`. Returns when it has ended.
  void Stop(absl::Duration timeout);

 private:
  class Watch;
  explicit ChildProcess(std::shared_ptr<Watch> watch);
  const std::shared_ptr<Watch> watch_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SERVERS_BACKEND_CHILD_PROCESS_H_
