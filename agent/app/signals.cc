#include "agent/app/signals.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace idlewarden::agent {

namespace {

// Ends the waiting thread; only ever sent to that thread.
constexpr int kEnd = SIGUSR2;

sigset_t Awaited() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP, kEnd}) sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalWaiter::SignalWaiter() {
  const sigset_t set = Awaited();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void SignalWaiter::Start(std::function<void(int signal)> handle) {
  thread_ = std::thread([handle = std::move(handle)] {
    const sigset_t set = Awaited();
    for (int signal = 0; sigwait(&set, &signal) == 0 && signal != kEnd;) handle(signal);
  });
}

SignalWaiter::~SignalWaiter() { Stop(); }

void SignalWaiter::Stop() {
  if (!thread_.joinable()) return;
  pthread_kill(thread_.native_handle(), kEnd);
  thread_.join();
}

}  // namespace idlewarden::agent
