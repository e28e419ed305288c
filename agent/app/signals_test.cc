#include "agent/app/signals.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <future>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(SignalWaiterTest, SignalsBecomeCallsAndNoneIsLostBeforeStart) {
  std::promise<int> term;
  std::promise<int> hup;
  SignalWaiter signals;
  kill(getpid(), SIGTERM);  // comes before anybody waits
  signals.Start([&](int signal) { (signal == SIGHUP ? hup : term).set_value(signal); });
  std::future<int> first = term.get_future();
  ASSERT_EQ(first.wait_for(std::chrono::minutes(1)), std::future_status::ready);
  EXPECT_EQ(first.get(), SIGTERM);
  kill(getpid(), SIGHUP);
  std::future<int> second = hup.get_future();
  ASSERT_EQ(second.wait_for(std::chrono::minutes(1)), std::future_status::ready);
  EXPECT_EQ(second.get(), SIGHUP);
}

TEST(SignalWaiterTest, NobodyIsCalledOnceItWasStopped) {
  bool called = false;
  SignalWaiter signals;
  signals.Start([&](int) { called = true; });
  signals.Stop();
  kill(getpid(), SIGTERM);
  EXPECT_FALSE(called);
  signals.Stop();
}

TEST(SignalWaiterTest, MayEndWithoutAStart) { SignalWaiter signals; }

}  // namespace
}  // namespace idlewarden::agent
