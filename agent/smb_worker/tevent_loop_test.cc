// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/tevent_loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

// Runs `task` on the loop and waits for it.
template <typename Task>
auto OnLoop(TeventLoop& loop, Task task) {
  std::promise<decltype(task())> done;
  loop.Post([&] { done.set_value(task()); });
  return done.get_future().get();
}

TEST(TeventLoopTest, RunsOnOneOtherThreadInOrder) {
  TeventLoop loop;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) loop.Post([&order, i] { order.push_back(i); });
  const std::thread::id thread = OnLoop(loop, [] { return std::this_thread::get_id(); });
  EXPECT_NE(thread, std::this_thread::get_id());
  ASSERT_EQ(order.size(), 100u);
  EXPECT_EQ(order[99], 99);
}

TEST(TeventLoopTest, PostsOfManyThreadsAllArrive) {
  int count = 0;
  {
    TeventLoop loop;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) loop.Post([&count] { ++count; });
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(count, 4000);
}

TEST(TeventLoopTest, TimersRunInTheirOrderAndNotBefore) {
  TeventLoop loop;
  std::promise<std::string> done;
  std::string order;
  loop.Post([&] {
    const TimePoint start = loop.Now();
    loop.RunAt(start + std::chrono::milliseconds(30), [&, start] {
      const bool late_enough = loop.Now() >= start + std::chrono::milliseconds(30);
      done.set_value(order + (late_enough ? "c" : "early"));
    });
    loop.RunAt(start + std::chrono::milliseconds(20), [&] { order += "b"; });
    const Loop::TimerId cancelled = loop.RunAt(start + std::chrono::milliseconds(10), [&] { order += "x"; });
    loop.RunAt(start, [&, cancelled] {
      order += "a";
      loop.CancelTimer(cancelled);
    });
  });
  EXPECT_EQ(done.get_future().get(), "abc");
}

TEST(TeventLoopTest, RunOutsideRunsAfterTheCallbackThatAskedForIt) {
  TeventLoop loop;
  std::promise<std::string> done;
  std::string order;
  loop.Post([&] {
    loop.RunOutside([&] { done.set_value(order + "outside"); });
    order += "callback ";
  });
  EXPECT_EQ(done.get_future().get(), "callback outside");
}

TEST(TeventLoopTest, AWatchMayEndItself) {
  TeventLoop loop;
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  std::promise<void> ready;
  auto watch = std::make_shared<TeventLoop::WatchId>(0);
  loop.Post([&, watch] {
    *watch = loop.WatchWritable(fds[0], [&, watch] {
      loop.Unwatch(*watch);
      ready.set_value();  // throws if called twice
    });
  });
  ready.get_future().get();
  EXPECT_TRUE(OnLoop(loop, [] { return true; }));
  close(fds[0]);
  close(fds[1]);
}

}  // namespace
}  // namespace idlewarden::smb
