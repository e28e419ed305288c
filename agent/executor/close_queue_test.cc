#include "agent/executor/close_queue.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SteadyTime kStart = SteadyTime::AfterOrigin(absl::Seconds(1'700'000'000));

QueuedClose Entry(const std::string& server, const std::string& user, std::optional<int64_t> idle,
                  SteadyTime queued_at = kStart) {
  policy::Session session;
  session.client = "10.0.0.1";
  session.user = user;
  session.idle_seconds = idle;
  session.age_seconds = 100;
  return {.key = policy::PairKeyOf(server, "10.0.0.1", user),
          .intent = {.server = server, .client = "10.0.0.1", .user = user, .sessions = {session}},
          .queued_at = queued_at};
}

bool AnyServer(const std::string&) { return true; }

std::vector<std::string> Drain(CloseQueue& queue) {
  std::vector<std::string> users;
  while (auto next = queue.TakeNext(AnyServer, [](const QueuedClose&) { return true; }))
    users.push_back(next->intent.user);
  return users;
}

TEST(CloseQueueTest, LongestIdleFirstAndUnknownLast) {
  CloseQueue queue;
  queue.Add(Entry("s", "unknown", std::nullopt));
  queue.Add(Entry("s", "short", 10));
  queue.Add(Entry("s", "long", 1000));
  queue.Add(Entry("s", "short-too", 10));
  EXPECT_EQ(queue.size(), 4u);
  EXPECT_THAT(Drain(queue), ElementsAre("long", "short", "short-too", "unknown"));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(CloseQueueTest, ServersTakeTurnsHoweverMuchOneHas) {
  CloseQueue queue;
  for (int i = 0; i < 4; ++i) queue.Add(Entry("a", "a" + std::to_string(i), 1000 - i));
  queue.Add(Entry("b", "b0", 1));
  queue.Add(Entry("c", "c0", 1));
  queue.Add(Entry("c", "c1", 0));
  EXPECT_THAT(Drain(queue), ElementsAre("a0", "b0", "c0", "a1", "c1", "a2", "a3"));
}

TEST(CloseQueueTest, AServerOnWhichNothingMayStartHasNoTurn) {
  CloseQueue queue;
  queue.Add(Entry("a", "a0", 1));
  queue.Add(Entry("b", "b0", 1));
  queue.Add(Entry("c", "c0", 1));
  const auto next = queue.TakeNext([](const std::string& server) { return server == "b"; },
                                   [](const QueuedClose& entry) { return entry.intent.server == "b"; });
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->intent.user, "b0");
  EXPECT_THAT(Drain(queue), ElementsAre("c0", "a0"));
}

TEST(CloseQueueTest, WhatMayNotStartIsPassedOver) {
  CloseQueue queue;
  queue.Add(Entry("a", "blocked", 1000));
  queue.Add(Entry("a", "free", 1));
  const auto next = queue.TakeNext(AnyServer, [](const QueuedClose& entry) { return entry.intent.user != "blocked"; });
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->intent.user, "free");
  EXPECT_FALSE(queue.TakeNext(AnyServer, [](const QueuedClose&) { return false; }).has_value());
  EXPECT_EQ(queue.size(), 1u);
}

TEST(CloseQueueTest, AnUpdateMovesThePairButKeepsItsTime) {
  CloseQueue queue;
  queue.Add(Entry("a", "first", 1000, kStart));
  queue.Add(Entry("a", "second", 500, kStart + absl::Seconds(1)));
  queue.Update(policy::PairKeyOf("a", "10.0.0.1", "second"), Entry("a", "second", 5000).intent);
  EXPECT_EQ(queue.size(), 2u);
  const auto next = queue.TakeNext(AnyServer, [](const QueuedClose&) { return true; });
  EXPECT_EQ(next->intent.user, "second");
  EXPECT_EQ(next->queued_at, kStart + absl::Seconds(1));
}

TEST(CloseQueueTest, TakesOutWhatIsTooOldInTheOrderOfQueueing) {
  CloseQueue queue;
  EXPECT_EQ(queue.OldestQueuedAt(), SteadyTime::InfiniteFuture());
  queue.Add(Entry("b", "two", 1, kStart + absl::Seconds(2)));
  queue.Add(Entry("a", "one", 1, kStart + absl::Seconds(1)));
  queue.Add(Entry("a", "three", 1, kStart + absl::Seconds(3)));
  EXPECT_EQ(queue.OldestQueuedAt(), kStart + absl::Seconds(1));
  std::vector<std::string> users;
  for (const QueuedClose& entry : queue.TakeQueuedUntil(kStart + absl::Seconds(2))) users.push_back(entry.intent.user);
  EXPECT_THAT(users, ElementsAre("one", "two"));
  EXPECT_THAT(queue.TakeQueuedUntil(kStart + absl::Seconds(2)), IsEmpty());
  EXPECT_TRUE(queue.Contains(policy::PairKeyOf("a", "\\\\10.0.0.1", "THREE")));
}

TEST(CloseQueueTest, TakesOutWhatAFilterNames) {
  CloseQueue queue;
  queue.Add(Entry("a", "one", 1));
  queue.Add(Entry("b", "two", 1));
  EXPECT_EQ(queue.TakeAll([](const QueuedClose& entry) { return entry.key.server == "a"; }).size(), 1u);
  EXPECT_THAT(Drain(queue), ElementsAre("two"));
}

}  // namespace
}  // namespace idlewarden::agent
