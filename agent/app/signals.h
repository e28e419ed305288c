// SignalWaiter: turns SIGTERM, SIGINT and SIGHUP into calls on a thread of its own, which may post to the event loop.
//
// Make it before any other thread: the signals are blocked in the thread that makes it and in all that it starts.

#ifndef IDLEWARDEN_AGENT_APP_SIGNALS_H_
#define IDLEWARDEN_AGENT_APP_SIGNALS_H_

#include <functional>
#include <thread>

namespace idlewarden::agent {

class SignalWaiter {
 public:
  // Signals that come before Start wait for it.
  SignalWaiter();
  ~SignalWaiter();
  SignalWaiter(const SignalWaiter&) = delete;
  SignalWaiter& operator=(const SignalWaiter&) = delete;

  void Start(std::function<void(int signal)> handle);
  // After it `handle` is not called any more; signals that come then have no effect.
  void Stop();

 private:
  std::thread thread_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_APP_SIGNALS_H_
