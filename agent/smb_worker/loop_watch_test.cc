// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/loop_watch.h"

#include <future>
#include <vector>

#include "agent/smb_worker/fake_loop.h"
#include "agent/smb_worker/tevent_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LoopWatchTest, ALoopThatTurnsServes) {
  FakeLoop loop;
  std::vector<bool> told;
  LoopWatch watch(&loop, [&](bool serving) { told.push_back(serving); });
  for (int i = 0; i < 10 * LoopWatch::kMostMissed; ++i) {
    loop.Advance(LoopWatch::kPeriod);
    watch.Look();
  }
  EXPECT_THAT(told, IsEmpty());
}

TEST(LoopWatchTest, ABeatInTimeStartsTheCountAnew) {
  FakeLoop loop;
  std::vector<bool> told;
  LoopWatch watch(&loop, [&](bool serving) { told.push_back(serving); });
  for (int round = 0; round < 3; ++round) {
    for (int i = 1; i < LoopWatch::kMostMissed; ++i) watch.Look();
    EXPECT_THAT(told, IsEmpty());
    loop.Advance(LoopWatch::kPeriod);
    watch.Look();
  }
  EXPECT_THAT(told, IsEmpty());
}

// The real loop, held up by a task.
TEST(LoopWatchTest, ATaskThatBlocksTheLoopEndsTheServiceUntilItIsOver) {
  TeventLoop loop;
  std::promise<void> blocked;
  std::promise<void> release;
  std::vector<bool> told;
  LoopWatch watch(&loop, [&](bool serving) { told.push_back(serving); });
  loop.Post([&] {
    blocked.set_value();
    release.get_future().wait();
  });
  blocked.get_future().get();  // the first beat came before
  watch.Look();
  for (int i = 1; i < LoopWatch::kMostMissed; ++i) watch.Look();
  EXPECT_THAT(told, IsEmpty());
  watch.Look();
  watch.Look();
  EXPECT_THAT(told, ElementsAre(false));
  release.set_value();
  std::promise<void> beaten;
  // Timers run in the order of their times: the beat that was due comes first.
  loop.Post([&] { loop.RunAt(loop.Now() + LoopWatch::kPeriod, [&] { beaten.set_value(); }); });
  beaten.get_future().get();
  watch.Look();
  EXPECT_THAT(told, ElementsAre(false, true));
}

}  // namespace
}  // namespace idlewarden::smb
