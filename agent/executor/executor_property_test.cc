// The gate under chance: its rates over every window, and each intent's one outcome whatever goes wrong.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/executor/executor.h"
#include "agent/executor/testing/executor_fakes.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_script.h"
#include "gtest/gtest.h"
#include "policy/model/plan.h"
#include "policy/testing/random_seed.h"

namespace idlewarden::agent {
namespace {

// However the looks' latencies fall: no window holds more closes than rate x window + burst, in all, on one server or
// by one rule; and each intent has exactly one outcome.
TEST(ExecutorPropertyTest, RatesHoldOverEveryWindowAndEachIntentHasOneOutcome) {
  const uint64_t seed = policy::testing::RandomSeed();
  SCOPED_TRACE(policy::testing::HowToReplay(seed));
  std::mt19937_64 random(seed);
  const auto pick = [&](int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random); };
  for (int round = 0; round < 15; ++round) {
    SimulatedEventLoop loop;
    FakeDecisions decisions;
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
        if (pick(0, 4) == 0) decisions.active.insert(user);
        policy::Session session = servers[s]->inner.Sessions().back();
        rule_of[user] = decisions.rules[user] = absl::StrCat("rule", i % 3);
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
      Executor executor(loop, options, decisions, decisions, journal);
      for (auto& server : servers) executor.AddServer(*server);
      executor.Submit(plan);
      loop.AdvanceBy(absl::Minutes(3));
      EXPECT_EQ(executor.queue_length(), 0u);
    }
    std::vector<SteadyTime> all;
    const auto expect_bound = [](std::vector<SteadyTime> times, double rate, int64_t burst) {
      std::sort(times.begin(), times.end());
      for (size_t first = 0; first < times.size(); ++first) {
        for (size_t last = first; last < times.size(); ++last) {
          ASSERT_LE(static_cast<double>(last - first + 1),
                    rate * absl::ToDoubleSeconds(times[last] - times[first]) + static_cast<double>(burst) + 1e-9);
        }
      }
    };
    std::map<std::string, std::vector<SteadyTime>> of_rules;
    for (const auto& server : servers) {
      std::vector<SteadyTime> times;
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

// An operator, users, servers and a network that do as they like.
class Chaos {
 public:
  explicit Chaos(uint64_t seed) : random_(seed) {
    for (int s = 0; s < 3; ++s) {
      SimulatedServerOptions options{.name = absl::StrCat("s", s), .samba_like = s == 2};
      servers_.push_back(std::make_unique<NotingServer>(options, loop_));
      for (int pair = 0; pair < 12; ++pair) LogOn(s, pair, Pick(1800, 9000));
    }
    executor_ = std::make_unique<Executor>(loop_, ExecutorOptions{}, decisions_, decisions_, journal_);
    for (auto& server : servers_) executor_->AddServer(*server);
  }
  ~Chaos() { executor_.reset(); }

  void Step() {
    switch (Pick(0, 9)) {
      case 0:
        return executor_->SetPaused(Pick(0, 1) == 0);
      case 1:
        return ReplaceServer(Pick(0, 2));
      case 2:
        return LogOn(Pick(0, 2), Pick(0, 11), Pick(0, 1) == 0 ? 0 : 5000);
      case 3:
        decisions_.active = {User(Pick(0, 2), Pick(0, 11))};
        return;
      case 4:
      case 5:
        return Spoil(Pick(0, 2));
      case 6:
        return Observe(Pick(0, 2));
      default:
        executor_->Submit(Plan());
        loop_.AdvanceBy(absl::Milliseconds(Pick(0, 20'000)));
    }
  }

  // Heals everything, and gives it the time to end.
  void End() {
    executor_->SetPaused(false);
    for (auto& server : servers_) {
      server->inner.faults().Clear();
      server->inner.faults().ReleaseHung();
    }
    loop_.AdvanceBy(absl::Minutes(10));
    for (int i = 0; i < 2; ++i) {
      for (int s = 0; s < 3; ++s) Observe(s);  // twice: an empty server is believed the second time
    }
  }

  void ExpectEachIntentHasOneOutcome() const {
    std::map<int64_t, Outcome> first;
    for (const CloseOutcome& outcome : journal_.outcomes) {
      if (outcome.outcome == Outcome::kReturned) {
        EXPECT_EQ(first[outcome.intent_id], Outcome::kClosed) << outcome.intent_id;
      } else {
        EXPECT_TRUE(first.emplace(outcome.intent_id, outcome.outcome).second) << outcome.intent_id;
      }
    }
    EXPECT_EQ(first.size(), journal_.intents.size());
    EXPECT_EQ(executor_->queue_length(), 0u);
    EXPECT_EQ(executor_->unresolved_closes(), 0u);
  }

  void ExpectEachCloseWasMarkedOnce() const {
    size_t asked = 0;
    for (const auto& server : servers_) asked += server->asked.size();
    EXPECT_LE(asked, journal_.sent.size());
    const std::set<int64_t> marked(journal_.sent.begin(), journal_.sent.end());
    EXPECT_EQ(marked.size(), journal_.sent.size());
    closes_ += asked;
  }
  size_t closes() const { return closes_; }

 private:
  int64_t Pick(int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random_); }
  static std::string User(int64_t server, int64_t pair) { return absl::StrCat("u", server, "-", pair); }
  static std::string Client(int64_t server, int64_t pair) { return absl::StrCat("10.0.", server, ".", pair / 2); }

  void LogOn(int64_t server, int64_t pair, int64_t idle) {
    servers_[server]->inner.AddSession(Client(server, pair), User(server, pair), idle, idle + Pick(0, 100));
  }

  void ReplaceServer(int64_t server) {
    executor_->RemoveServer(servers_[server]->name());
    if (Pick(0, 3) == 0) loop_.RunUntilIdle();  // it was gone for a moment
    executor_->AddServer(*servers_[server]);
  }

  void Spoil(int64_t server) {
    const FaultCall call = Pick(0, 1) == 0 ? FaultCall::kEnumerate : FaultCall::kClose;
    const Fault faults[] = {
        WindowsFault(call, kErrorAccessDenied),
        WindowsFault(call, kNerrClientNameNotFound),
        TransportFault(call, "disconnected"),
        {.call = call, .kind = FaultKind::kTimeout},
        {.call = call, .kind = FaultKind::kHang},
        {.call = call, .kind = FaultKind::kDelay, .delay = absl::Milliseconds(Pick(0, 8000))},
        {.call = FaultCall::kEnumerate, .kind = FaultKind::kEmpty},
        {.call = FaultCall::kEnumerate, .kind = FaultKind::kHalfReply},
        {.call = FaultCall::kClose, .kind = FaultKind::kIgnored},
        {.call = FaultCall::kClose, .kind = FaultKind::kLostReply, .error = absl::UnknownError("")}};
    Fault fault = faults[Pick(0, std::size(faults) - 1)];
    fault.skip = static_cast<int>(Pick(0, 3));
    servers_[server]->inner.faults().Add(fault);
  }

  void Observe(int64_t server) {
    std::vector<policy::Session> sessions = servers_[server]->inner.Sessions();
    executor_->Observe(servers_[server]->name(), loop_.SteadyNow(), sessions);
  }

  policy::Plan Plan() const {
    policy::Plan plan{.id = "plan"};
    for (const auto& server : servers_) {
      for (const policy::Session& session : server->inner.Sessions()) {
        plan.pairs.push_back({.server = server->name(),
                              .client = session.client,
                              .user = session.user,
                              .scope = server->inner.close_scope(),
                              .sessions = {session},
                              .rule = "a-rule",
                              .decision = policy::Decision::kClose});
      }
    }
    return plan;
  }

  std::mt19937_64 random_;
  SimulatedEventLoop loop_;
  FakeDecisions decisions_;
  FakeJournal journal_;
  std::vector<std::unique_ptr<NotingServer>> servers_;
  std::unique_ptr<Executor> executor_;
  mutable size_t closes_ = 0;
};

TEST(ExecutorPropertyTest, WhateverGoesWrongEachIntentHasOneOutcomeAndEachCloseItsMark) {
  const uint64_t seed = policy::testing::RandomSeed();
  size_t closes = 0;
  for (uint64_t round = 0; round < 30; ++round) {
    SCOPED_TRACE(policy::testing::HowToReplay(seed + round));
    Chaos chaos(seed + round);
    for (int step = 0; step < 150; ++step) chaos.Step();
    chaos.End();
    chaos.ExpectEachIntentHasOneOutcome();
    chaos.ExpectEachCloseWasMarkedOnce();
    closes += chaos.closes();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(closes, 100u);
}

}  // namespace
}  // namespace idlewarden::agent
