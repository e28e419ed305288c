// What holds closes back: rates, concurrency, breakers, and pairs that return.

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/executor/testing/executor_fixture.h"
#include "agent/servers/fault_script.h"
#include "agent/servers/server_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(ExecutorTest, ServersTakeTurnsAndTheLongestIdleGoesFirst) {
  options_.rates = {.closes_per_second = 1, .burst = 1, .closes_per_second_per_server = 100, .burst_per_server = 100};
  NotingServer& a = AddServer("a");
  NotingServer& b = AddServer("b");
  Plan(a, "10.0.0.1", "a-short", 4000);
  Plan(a, "10.0.0.2", "a-long", 9000);
  Plan(a, "10.0.0.3", "a-middle", 6000);
  Plan(b, "10.0.0.4", "b-only", 100);
  SubmitAndRun(absl::Seconds(30));
  std::vector<std::string> order;
  for (const CloseOutcome& outcome : journal_.outcomes) order.push_back(outcome.intent.user);
  EXPECT_THAT(order, ElementsAre("a-long", "b-only", "a-middle", "a-short"));
}

TEST_F(ExecutorTest, NoMoreThanTheConcurrencyLimitsAreUnderWay) {
  options_.parallel = 5;
  options_.parallel_per_server = 2;
  for (const char* name : {"a", "b", "c"}) {
    NotingServer& server = AddServer(name);
    server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kHang, .count = Fault::kForever});
    for (int i = 0; i < 4; ++i) {
      Plan(server, absl::StrCat("10.0.", name, ".", i), absl::StrCat(name, i));
    }
  }
  SubmitAndRun(absl::Seconds(5));
  size_t asked = 0;
  for (const auto& server : servers_) {
    EXPECT_LE(server->asked.size(), 2u);
    asked += server->asked.size();
  }
  EXPECT_EQ(asked, 5u);
}

TEST_F(ExecutorTest, ARulesBucketHoldsItsClosesAndNotThoseOfOthers) {
  options_.rates.per_rule = {.closes_per_second = 0.1, .burst = 1};
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Plan(server, "10.0.0.3", "other", 7000);
  plan_.pairs.back().rule = redecider_.rules["other"] = "another-rule";
  Submit();
  loop_.AdvanceBy(absl::Seconds(10) - kTick);
  EXPECT_EQ(journal_.Of("first"), "closed");
  EXPECT_EQ(journal_.Of("other"), "closed");
  EXPECT_EQ(journal_.Of("second"), "");
  EXPECT_THAT(server.asked, SizeIs(2));
  loop_.AdvanceBy(kTick);
  EXPECT_THAT(server.asked, SizeIs(3));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(journal_.Of("second"), "closed");
}

TEST_F(ExecutorTest, ThePolicysNewRuleForAPairNeedsATokenOfItsOwn) {
  options_.rates.per_rule = {.closes_per_second = 0.1, .burst = 1};
  NotingServer& server = AddServer("fs01");
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  plan_.pairs[0].rule = "the-rule-before";
  plan_.pairs[1].rule = "another-rule-before";  // both are closed by a-rule when it comes to it
  Submit();
  loop_.AdvanceBy(absl::Seconds(10) - kTick);
  EXPECT_THAT(server.asked, SizeIs(1));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(server.asked, SizeIs(2));
}

TEST_F(ExecutorTest, ADeniedRightStopsClosingThereUntilATrialSucceeds) {
  options_.parallel_per_server = 1;
  NotingServer& server = AddServer("fs01");
  NotingServer& other = AddServer("fs02");
  server.inner.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  Plan(server, "10.0.0.1", "first", 9000);
  Plan(server, "10.0.0.2", "second", 8000);
  Plan(other, "10.0.0.3", "third", 7000);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("first"), "denied");
  EXPECT_EQ(journal_.Of("third"), "closed");
  EXPECT_THAT(server.asked, SizeIs(1));
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kOpen);
  EXPECT_THAT(executor().breaker("fs01").why, HasSubstr("may not close sessions there"));
  EXPECT_EQ(executor().breaker("fs02").state, BreakerState::kClosed);
  SubmitAndRun(absl::Seconds(50) - kTick);
  EXPECT_THAT(server.asked, SizeIs(1));
  loop_.AdvanceBy(kTick);  // a minute after it was queued, and nearly one after the breaker opened
  EXPECT_EQ(journal_.Of("second"), "expired");
  EXPECT_THAT(journal_.outcomes.back().message, HasSubstr("may not close sessions there"));
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kHalfOpen);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("second"), "expired closed");
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kClosed);
}

TEST_F(ExecutorTest, NothingIsQueuedForAServerWhoseBreakerIsOpen) {
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  Plan(server, "10.0.0.1", "first");
  SubmitAndRun();
  Plan(server, "10.0.0.2", "second");
  SubmitAndRun();
  EXPECT_THAT(journal_.intents, SizeIs(1));
  EXPECT_EQ(journal_.Of("second"), "");
}

TEST_F(ExecutorTest, RepeatedFailuresOpenTheBreaker) {
  options_.breaker.failures = 3;
  NotingServer& server = AddServer("fs01");
  server.inner.faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored, .count = Fault::kForever});
  for (int i = 1; i <= 3; ++i) Plan(server, absl::StrCat("10.0.0.", i), absl::StrCat("user", i));
  SubmitAndRun();
  EXPECT_EQ(executor().breaker("fs01").state, BreakerState::kOpen);
  EXPECT_THAT(server.asked, SizeIs(3));
}

TEST_F(ExecutorTest, APairThatComesBackEachTimeBacksOff) {
  NotingServer& server = AddServer("fs01");
  // Whoever is closed is back at the look after it.
  size_t closes = 0;
  server.before_enumerate = [&] {
    if (server.asked.size() > std::exchange(closes, server.asked.size())) {
      server.inner.AddSession("10.0.0.5", "alice", 0, 0);
    }
  };
  Plan(server, "10.0.0.5", "alice");
  for (int i = 0; i < 6; ++i) SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed returned closed returned closed returned");
  EXPECT_EQ(executor().pairs_backed_off(), 1u);
  loop_.AdvanceBy(absl::Minutes(5));
  EXPECT_EQ(executor().pairs_backed_off(), 0u);
  SubmitAndRun();
  EXPECT_EQ(journal_.Of("alice"), "closed returned closed returned closed returned closed returned");
  loop_.AdvanceBy(absl::Minutes(5));  // twice as long this time
  SubmitAndRun();
  EXPECT_THAT(server.asked, SizeIs(4));
}

// However the looks' latencies fall: no window holds more closes than rate x window + burst, in all, on one server or
// by one rule; and each intent has exactly one outcome.
TEST(ExecutorPropertyTest, RatesHoldOverEveryWindowAndEachIntentHasOneOutcome) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const auto pick = [&](int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random); };
  for (int round = 0; round < 15; ++round) {
    SimulatedEventLoop loop;
    FakeRedecider redecider;
    FakeJournal journal;
    ExecutorOptions options;
    options.rates = {
        .closes_per_second = static_cast<double>(pick(5, 60)) / 10,
        .burst = pick(1, 6),
        .closes_per_second_per_server = static_cast<double>(pick(5, 30)) / 10,
        .burst_per_server = pick(1, 3),
        .per_rule = CloseRate{.closes_per_second = static_cast<double>(pick(5, 30)) / 10, .burst = pick(1, 3)}};
    std::map<std::string, std::string> rule_of;
    std::vector<std::unique_ptr<NotingServer>> servers;
    policy::Plan plan;
    for (int s = 0; s < 3; ++s) {
      servers.push_back(std::make_unique<NotingServer>(SimulatedServerOptions{.name = absl::StrCat("s", s)}, loop));
      for (int i = 0; i < 25; ++i) {
        const std::string client = absl::StrCat("10.0.", s, ".", i);
        const std::string user = absl::StrCat("u", s, "-", i);
        servers[s]->inner.AddSession(client, user, pick(100, 9000), 10000);
        if (pick(0, 4) == 0) redecider.active.insert(user);
        policy::Session session = servers[s]->inner.Sessions().back();
        rule_of[user] = redecider.rules[user] = absl::StrCat("rule", i % 3);
        plan.pairs.push_back({.server = absl::StrCat("s", s),
                              .client = client,
                              .user = user,
                              .sessions = {session},
                              .rule = rule_of[user]});
      }
      for (int f = 0; f < 60; ++f) {
        const FaultCall call = pick(0, 1) == 0 ? FaultCall::kEnumerate : FaultCall::kClose;
        servers[s]->inner.faults().Add({.call = call,
                                        .kind = FaultKind::kDelay,
                                        .skip = static_cast<int>(pick(0, 3)),
                                        .delay = absl::Milliseconds(pick(0, 1500))});
      }
    }
    {
      Executor executor(loop, options, redecider, journal);
      for (auto& server : servers) executor.AddServer(*server);
      executor.Submit(plan);
      loop.AdvanceBy(absl::Minutes(3));
      EXPECT_EQ(executor.queue_length(), 0u);
    }
    std::vector<absl::Time> all;
    const auto expect_bound = [](std::vector<absl::Time> times, double rate, int64_t burst) {
      std::sort(times.begin(), times.end());
      for (size_t first = 0; first < times.size(); ++first) {
        for (size_t last = first; last < times.size(); ++last) {
          ASSERT_LE(static_cast<double>(last - first + 1),
                    rate * absl::ToDoubleSeconds(times[last] - times[first]) + static_cast<double>(burst) + 1e-9);
        }
      }
    };
    std::map<std::string, std::vector<absl::Time>> of_rules;
    for (const auto& server : servers) {
      std::vector<absl::Time> times;
      for (const NotingServer::Asked& asked : server->asked) {
        times.push_back(asked.at);
        of_rules[rule_of[asked.user]].push_back(asked.at);
      }
      all.insert(all.end(), times.begin(), times.end());
      expect_bound(times, options.rates.closes_per_second_per_server, options.rates.burst_per_server);
    }
    expect_bound(all, options.rates.closes_per_second, options.rates.burst);
    for (const auto& [rule, times] : of_rules) {
      expect_bound(times, options.rates.per_rule->closes_per_second, options.rates.per_rule->burst);
    }
    EXPECT_GT(all.size(), 10u);
    EXPECT_EQ(journal.outcomes.size(), journal.intents.size());
    std::set<int64_t> ids;
    for (const CloseOutcome& outcome : journal.outcomes) EXPECT_TRUE(ids.insert(outcome.intent_id).second);
  }
}

}  // namespace
}  // namespace idlewarden::agent
