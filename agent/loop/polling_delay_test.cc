// How long a session that became eligible waits for its close: polling by deadlines against polling at a fixed interval
// that costs as many enumerations. On simulated time, so the figures are the same on every machine.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

constexpr char kPolicy[] = R"(
version: 1
limits: {max_percent_per_server: unlimited, max_closes_per_cycle: unlimited}
rules:
  - {name: left-the-desk, when: {idle: 30m}, mode: enforce}
)";
constexpr absl::Duration kLimit = absl::Minutes(30);
constexpr absl::Duration kDay = absl::Hours(8);
constexpr int kServers = 8;
constexpr int kUsersOfAServer = 12;

// A user who works, something every minute, and leaves the desk for good at some time of the day.
struct User {
  SimulatedServer* server;
  std::string name;
  absl::Time leaves;
};

struct Result {
  int enumerations = 0;
  int closes = 0;
  absl::Duration mean_delay;
  absl::Duration longest_delay;
};

class Day {
 public:
  Day(absl::Duration shortest, absl::Duration longest) {
    agent_.options.polling.shortest = shortest;
    agent_.options.polling.longest = longest;
    agent_.policy = kPolicy;
    agent_.Start();
    std::mt19937_64 random(7);
    std::uniform_int_distribution<int64_t> leaves(0, absl::ToInt64Seconds(kDay - absl::Hours(1)));
    for (int number = 0; number < kServers; ++number) {
      servers_.push_back(&agent_.AddServer(absl::StrCat("fs", number)));
      for (int user = 0; user < kUsersOfAServer; ++user) {
        users_.push_back(
            {servers_.back(), absl::StrCat("user", number, "-", user), loop_.Now() + absl::Seconds(leaves(random))});
        servers_.back()->AddSession("10.0.0.1", users_.back().name, 0, 3600);
      }
    }
  }

  Result Run() {
    const absl::Time end = loop_.Now() + kDay;
    for (int64_t second = 0; loop_.Now() < end; ++second) {
      if (second % 60 == 0) Work();
      loop_.AdvanceBy(absl::Seconds(1));
      NoteCloses();
    }
    if (result_.closes > 0) result_.mean_delay /= result_.closes;
    // Of the poller: the looks before and after each close are as many either way.
    result_.enumerations = std::stoi(agent_.Metric(R"(idlewarden_enumerations_total{result="ok"})"));
    return result_;
  }

 private:
  void Work() {
    for (const User& user : users_) {
      if (loop_.Now() <= user.leaves) user.server->Touch("10.0.0.1", user.name);
    }
  }

  void NoteCloses() {
    for (User& user : users_) {
      if (user.leaves == absl::InfiniteFuture() || loop_.Now() < user.leaves + kLimit - absl::Minutes(1)) continue;
      bool there = false;
      for (const policy::Session& session : user.server->Sessions()) there |= session.user == user.name;
      if (there) continue;
      // The last touch may be up to a minute before the user left.
      const absl::Duration delay = loop_.Now() - (LastTouch(user) + kLimit);
      ++result_.closes;
      result_.mean_delay += delay;
      result_.longest_delay = std::max(result_.longest_delay, delay);
      user.leaves = absl::InfiniteFuture();
      user.server = nullptr;
      gone_ = true;
    }
    if (gone_) std::erase_if(users_, [](const User& user) { return user.server == nullptr; });
    gone_ = false;
  }

  absl::Time LastTouch(const User& user) const { return began_ + absl::Floor(user.leaves - began_, absl::Minutes(1)); }

  SimulatedEventLoop loop_;
  const absl::Time began_ = loop_.Now();
  AgentFixture agent_{loop_};
  std::vector<SimulatedServer*> servers_;
  std::vector<User> users_;
  Result result_;
  bool gone_ = false;
};

void Print(const char* how, const Result& result) {
  std::printf("%-44s %6d enumerations, %d closes, delay %s on average, %s at most\n", how, result.enumerations,
              result.closes, absl::FormatDuration(absl::Trunc(result.mean_delay, absl::Milliseconds(100))).c_str(),
              absl::FormatDuration(result.longest_delay).c_str());
}

TEST(PollingDelayTest, DeadlinesCloseSoonerThanAFixedIntervalAtTheSameCost) {
  const Result deadlines = Day(absl::Seconds(30), absl::Minutes(5)).Run();
  // What a fixed interval of as many enumerations is.
  const absl::Duration interval = kDay * kServers / deadlines.enumerations;
  const Result fixed = Day(interval, interval).Run();
  Print("by deadlines, 30 s to 5 min:", deadlines);
  Print(absl::StrCat("every ", absl::FormatDuration(absl::Trunc(interval, absl::Seconds(1))), ":").c_str(), fixed);
  EXPECT_EQ(deadlines.closes, kServers * kUsersOfAServer);
  EXPECT_EQ(fixed.closes, kServers * kUsersOfAServer);
  EXPECT_NEAR(fixed.enumerations, deadlines.enumerations, 0.05 * deadlines.enumerations);
  EXPECT_LT(deadlines.mean_delay, fixed.mean_delay / 2);
  EXPECT_LT(deadlines.longest_delay, fixed.longest_delay);
}

}  // namespace
}  // namespace idlewarden::agent
