#include "agent/clock/real_event_loop.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(RealEventLoopTest, TasksRunInTheOrderPostedOnTheRunningThread) {
  RealEventLoop loop;
  std::vector<int> seen;
  std::thread::id ran_on;
  loop.Post([&] { seen.push_back(1); });
  loop.Post([&] {
    seen.push_back(2);
    ran_on = std::this_thread::get_id();
    loop.Stop();
  });
  std::thread runner([&] { loop.Run(); });
  const std::thread::id expected = runner.get_id();
  runner.join();
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_EQ(ran_on, expected);
}

TEST(RealEventLoopTest, PostNeverRunsTheTaskWithinItself) {
  RealEventLoop loop;
  std::vector<std::string> seen;
  loop.Post([&] {
    loop.Post([&] {
      seen.push_back("inner");
      loop.Stop();
    });
    seen.push_back("outer");
  });
  loop.Run();
  EXPECT_EQ(seen, (std::vector<std::string>{"outer", "inner"}));
}

TEST(RealEventLoopTest, TimersFireInOrderAndNotEarly) {
  RealEventLoop loop;
  const SteadyTime start = loop.SteadyNow();
  std::vector<int> seen;
  SteadyTime fired;
  loop.RunAt(start + absl::Milliseconds(20), [&] {
    seen.push_back(2);
    fired = loop.SteadyNow();
    loop.Stop();
  });
  loop.RunAt(start + absl::Milliseconds(5), [&] { seen.push_back(1); });
  loop.RunAt(start - absl::Hours(1), [&] { seen.push_back(0); });
  loop.Run();
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
  EXPECT_GE(fired, start + absl::Milliseconds(20));
}

TEST(RealEventLoopTest, CancelledTimersDoNotRunAlsoIfCancelledByAnotherTimer) {
  RealEventLoop loop;
  bool ran = false;
  const SteadyTime now = loop.SteadyNow();
  EventLoop::TimerId second = 0;
  loop.RunAt(now, [&] { loop.CancelTimer(second); });
  second = loop.RunAt(now, [&] { ran = true; });
  loop.RunAt(now + absl::Milliseconds(1), [&] { loop.Stop(); });
  loop.Run();
  EXPECT_FALSE(ran);
}

TEST(RealEventLoopTest, InfiniteTimesAreLegal) {
  RealEventLoop loop;
  bool ran = false;
  loop.RunAt(SteadyTime::InfiniteFuture(), [&] { ran = true; });
  loop.RunAt(SteadyTime::InfinitePast(), [&] { loop.Stop(); });
  loop.Run();
  EXPECT_FALSE(ran);
}

TEST(RealEventLoopTest, StopLeavesTheRestForTheNextRun) {
  RealEventLoop loop;
  std::vector<int> seen;
  loop.Post([&] {
    seen.push_back(1);
    loop.Stop();
  });
  loop.Post([&] {
    seen.push_back(2);
    loop.Stop();
  });
  loop.Run();
  EXPECT_EQ(seen, (std::vector<int>{1}));
  loop.Run();
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(RealEventLoopTest, AStopBeforeRunIsNotLost) {
  RealEventLoop loop;
  loop.Stop();
  bool ran = false;
  loop.Post([&] { ran = true; });
  loop.Run();
  EXPECT_FALSE(ran);
}

TEST(RealEventLoopTest, PostFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 500;
  RealEventLoop loop;
  int count = 0;  // no lock: only the loop's thread touches it
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTasks; ++i) {
        loop.Post([&] {
          if (++count == kThreads * kTasks) loop.Stop();
        });
      }
    });
  }
  loop.Run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kThreads * kTasks);
}

}  // namespace
}  // namespace idlewarden::agent
