#include "agent/executor/limits/queue_capacity.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr CloseRates kRates = {
    .closes_per_second = 0.05, .burst = 2, .closes_per_second_per_server = 0.025, .burst_per_server = 1};

class QueueCapacityTest : public ::testing::Test {
 protected:
  void Add(const std::string& server, const std::string& user, int64_t idle) {
    policy::Session session;
    session.idle_seconds = idle;
    pairs_.push_back({.server = server, .user = user, .sessions = {session}});
  }

  // The users of the pairs chosen.
  std::vector<std::string> Choose() {
    std::vector<const policy::PlannedPair*> candidates;
    for (const policy::PlannedPair& pair : pairs_) candidates.push_back(&pair);
    size_t waiting = 0;
    for (const auto& [server, count] : waiting_) waiting += count;
    std::vector<std::string> users;
    for (const auto* pair :
         capacity_.SelectForQueue(candidates, waiting, [this](const std::string& s) { return waiting_[s]; })) {
      users.push_back(pair->user);
    }
    return users;
  }

  QueueCapacity capacity_{kRates, absl::Seconds(60)};
  std::deque<policy::PlannedPair> pairs_;
  std::map<std::string, size_t> waiting_;
};

TEST_F(QueueCapacityTest, HasRoomForWhatPassesInTime) {
  EXPECT_EQ(capacity_.total(), 5u);       // 60 s x 0.05 and a burst of 2
  EXPECT_EQ(capacity_.per_server(), 2u);  // 60 s x 0.025 and a burst of 1
  EXPECT_GT(QueueCapacity(kRates, absl::InfiniteDuration()).total(), 1'000'000u);
}

TEST_F(QueueCapacityTest, TakesTheLongestIdleOfEachServerInTurn) {
  Add("a", "a1", 10);
  Add("a", "a2", 30);
  Add("a", "a3", 20);
  Add("b", "b1", 5);
  Add("c", "c1", 7);
  EXPECT_THAT(Choose(), ElementsAre("a2", "b1", "c1", "a3"));  // two of one server at most
}

TEST_F(QueueCapacityTest, BeginsWithTheServerAfterTheOneServedLast) {
  for (const char* server : {"a", "b", "c", "d", "e", "f", "g"}) Add(server, server, 10);
  EXPECT_THAT(Choose(), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(Choose(), ElementsAre("f", "g", "a", "b", "c"));
}

TEST_F(QueueCapacityTest, CountsWhatWaitsAlready) {
  waiting_ = {{"a", 2}, {"x", 2}};
  Add("a", "a1", 10);
  Add("b", "b1", 10);
  Add("c", "c1", 10);
  EXPECT_THAT(Choose(), ElementsAre("b1"));
  waiting_["x"] = 3;
  EXPECT_THAT(Choose(), IsEmpty());
}

TEST_F(QueueCapacityTest, AHugePlanIsCutToTheRoom) {
  for (int i = 0; i < 10000; ++i) Add(absl::StrCat("fs", i % 100), absl::StrCat(i), i);
  EXPECT_THAT(Choose(), SizeIs(5));
}

}  // namespace
}  // namespace idlewarden::agent
