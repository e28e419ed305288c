#include "agent/loop/agent_loop.h"

#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kIdleRule[] = R"(
version: 1
protect:
  - {name: staff, when: {users: [boss]}}
rules:
  - {name: idle-ones, when: {idle: 30m}, mode: enforce}
)";

constexpr char kObserveRule[] = R"(
version: 1
rules:
  - {name: idle-ones, when: {idle: 30m}}
)";

constexpr char kAgeRule[] = R"(
version: 1
protect:
  - {name: staff, when: {users: [boss]}}
rules:
  - {name: old-ones, when: {age: 1h, open_files: {at_least: 0}}, close_active: true, mode: enforce}
)";

class AgentLoopTest : public ::testing::Test {
 protected:
  void Start(const char* policy) {
    agent_.policy = policy;
    agent_.Start();
  }
  AgentLoop& agent() { return agent_.agent(); }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }

  SimulatedEventLoop loop_;
  AgentFixture agent_{loop_};
};

TEST_F(AgentLoopTest, ClosesWhatThePolicyMatchesAndNothingElse) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  server.AddSession("10.0.0.2", "busy", 10, 7200);
  server.AddSession("10.0.0.3", "boss", 9000, 9900);
  server.AddSession("10.0.0.4", "writer", 9000, 9900, /*open_files=*/2);
  Run(absl::Seconds(5));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");
  ASSERT_THAT(server.closes(), SizeIs(1));
  EXPECT_EQ(server.closes()[0].user, "idle");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_closes_total{outcome="closed",rule="idle-ones"})"), "1");
  const std::vector<LogRecord> outcomes = agent_.Events("close-outcome");
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_EQ(outcomes[0].Field("rule"), "idle-ones");
  EXPECT_EQ(outcomes[0].Field("policy"), agent_.view()->policy.policy->hash());
  EXPECT_THAT(outcomes[0].Field("required"), HasSubstr("30m"));
}

TEST_F(AgentLoopTest, TheAgentsModeIsACeiling) {
  agent_.options.observe_only = true;
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Minutes(2));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.DecisionOf("idle"), "would-close/matched");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_decisions_total{decision="would-close",rule="idle-ones"})"), "1");
  EXPECT_THAT(agent_.view()->warnings, Contains(HasSubstr("mode is observe")));
}

TEST_F(AgentLoopTest, ARuleInObserveClosesNothing) {
  Start(kObserveRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Minutes(2));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.DecisionOf("idle"), "would-close/matched");
}

TEST_F(AgentLoopTest, ADecisionIsCountedWhenItChanges) {
  agent_.options.observe_only = true;
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  server.AddSession("10.0.0.2", "busy", 1500, 7200);
  Run(absl::Minutes(4));
  const char* const would_close = R"(idlewarden_decisions_total{decision="would-close",rule="idle-ones"})";
  EXPECT_EQ(agent_.Metric(would_close), "1");
  Run(absl::Minutes(20));  // many cycles; `busy` crosses its limit once
  EXPECT_EQ(agent_.Metric(would_close), "2");
}

TEST_F(AgentLoopTest, BecomingActiveBeforeTheCloseSavesASession) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Milliseconds(100));  // enumerated, not planned yet
  ASSERT_EQ(server.Touch("10.0.0.1", "idle"), 1);
  Run(absl::Seconds(5));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.OutcomesOf("idle"), "became-active");
}

TEST_F(AgentLoopTest, ATwinLogonBeforeTheCloseSavesThePair) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Milliseconds(100));
  server.AddSession("10.0.0.1", "idle", 0, 0);
  Run(absl::Seconds(5));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.OutcomesOf("idle"), "became-active");
  EXPECT_THAT(agent_.view()->recent_closes[0].close.message, HasSubstr("collateral"));
}

TEST_F(AgentLoopTest, WhatWouldTakeAProtectedSessionWithItIsKept) {
  Start(kAgeRule);
  SimulatedServer& samba = agent_.AddServer("samba", {.samba_like = true});
  samba.AddSession("10.0.0.1", "alice", 0, 7200);
  samba.AddSession("10.0.0.1", "boss", 0, 7200);
  samba.AddSession("10.0.0.2", "bob", 0, 7200);
  Run(absl::Seconds(5));
  EXPECT_EQ(agent_.DecisionOf("alice"), "keep/collateral");
  EXPECT_EQ(agent_.OutcomesOf("bob"), "closed");
  EXPECT_THAT(samba.closes(), SizeIs(1));
}

TEST_F(AgentLoopTest, AProtectedLogonBeforeTheCloseSavesItsWholeClient) {
  Start(kAgeRule);
  SimulatedServer& samba = agent_.AddServer("samba", {.samba_like = true});
  samba.AddSession("10.0.0.1", "alice", 0, 7200);
  Run(absl::Milliseconds(100));
  samba.AddSession("10.0.0.1", "boss", 0, 0);
  Run(absl::Seconds(5));
  EXPECT_THAT(samba.closes(), IsEmpty());
  EXPECT_EQ(agent_.OutcomesOf("alice"), "became-active");
}

TEST_F(AgentLoopTest, SambasIdleTimesNeverCloseAndTheRulesAreNamed) {
  Start(kIdleRule);
  SimulatedServer& samba = agent_.AddServer("samba", {.samba_like = true});
  SimulatedServer& other = agent_.AddServer("fs01");
  samba.AddSession("10.0.0.1", "alice", 90000, 99000);
  other.AddSession("10.0.0.2", "idle", 1900, 7200);
  Run(absl::Minutes(20));
  EXPECT_THAT(samba.closes(), IsEmpty());
  EXPECT_THAT(other.closes(), SizeIs(1));
  EXPECT_EQ(agent_.StatusOf("samba").idle_trust, "none");
  EXPECT_THAT(agent_.StatusOf("samba").idle_rules_without_effect, ElementsAre("idle-ones"));
  EXPECT_THAT(agent_.StatusOf("fs01").idle_rules_without_effect, IsEmpty());
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_idle_trust{server="samba",trust="none"})"), "1");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_rule_without_effect{server="samba",rule="idle-ones"})"), "1");
  const std::vector<LogRecord> events = agent_.Events("idle-rules-without-effect");
  ASSERT_THAT(events, SizeIs(1));  // when it changes, not in each cycle
  EXPECT_EQ(events[0].Field("server"), "samba");
  EXPECT_EQ(events[0].Field("rules"), "idle-ones");
  EXPECT_THAT(agent_.view()->warnings, Contains(HasSubstr("these rules cannot act there: idle-ones")));
}

TEST_F(AgentLoopTest, AServerThatStopsReportingIdleTimesIsNotClosedByTheLook) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  // The enumeration tells idle times, the look before the close does not.
  server.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kNoIdle, .skip = 1, .count = Fault::kForever});
  Run(absl::Seconds(5));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.OutcomesOf("idle"), "became-active");
}

TEST_F(AgentLoopTest, AMassMatchIsHeldAndSaidInOneLine) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  for (int i = 0; i < 30; ++i) {
    server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("user", i), 1900, 7200);
  }
  Run(absl::Minutes(10));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.DecisionOf("user3"), "held/limit-server");
  EXPECT_THAT(agent_.view()->warnings, Contains(HasSubstr("limit-server (max_percent_per_server) holds 30 on fs01")));
  EXPECT_EQ(agent_.Metric(R"(idlewarden_decisions_total{decision="held",rule="idle-ones"})"), "30");
  EXPECT_THAT(agent_.Events("plan-held"), SizeIs(1));
}

TEST_F(AgentLoopTest, WhatIsQueuedIsHeldWhenTheNextPlanBreaksALimit) {
  agent_.options.executor.rates = {.closes_per_second = 0.01, .burst = 1};
  agent_.options.executor.queue_time_to_live = absl::Hours(1);
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  for (int i = 0; i < 26; ++i) {
    server.AddSession(absl::StrCat("10.0.0.", i + 1), absl::StrCat("user", i), i < 4 ? 1900 : 1770, 7200);
  }
  Run(absl::Seconds(5));
  EXPECT_THAT(server.closes(), SizeIs(1));  // four were planned, one token was there
  EXPECT_EQ(agent_.view()->close_queue_length, 3u);
  Run(absl::Minutes(5));  // now nearly all match
  EXPECT_THAT(server.closes(), SizeIs(1));
  EXPECT_EQ(agent_.view()->close_queue_length, 0u);
}

TEST_F(AgentLoopTest, NothingIsPlannedBeforeEachServerWasTried) {
  Start(kIdleRule);
  SimulatedServer& hole = agent_.AddServer("hole");
  hole.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang, .count = Fault::kForever});
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Seconds(10));
  EXPECT_EQ(agent_.StatusOf("fs01").up, true);
  EXPECT_EQ(agent_.view()->cycle, nullptr);
  EXPECT_THAT(agent_.view()->warnings, Contains(HasSubstr("Not every server was tried yet")));
  Run(absl::Seconds(5));  // the black hole's deadline has passed
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");
}

TEST_F(AgentLoopTest, AServerThatFailsClosesNothingAndTheOthersGoOn) {
  Start(kIdleRule);
  SimulatedServer& bad = agent_.AddServer("bad");
  SimulatedServer& good = agent_.AddServer("good");
  bad.AddSession("10.0.0.1", "alice", 1700, 7200);
  Run(absl::Seconds(5));
  bad.faults().Add(TransportFault(FaultCall::kEnumerate, "refused", Fault::kForever));
  Run(absl::Minutes(2));
  good.AddSession("10.0.0.2", "bob", 1900, 7200);
  Run(absl::Minutes(6));
  EXPECT_THAT(bad.closes(), IsEmpty());
  EXPECT_EQ(agent_.OutcomesOf("bob"), "closed");
  EXPECT_FALSE(agent_.StatusOf("bad").up);
  EXPECT_EQ(agent_.StatusOf("bad").error_cause, "refused");
  EXPECT_EQ(agent_.StatusOf("bad").sessions, 1u);
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_up{server="bad"})"), "0");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_up{server="good"})"), "1");
  EXPECT_THAT(agent_.Events("server-down"), SizeIs(1));
  EXPECT_THAT(agent_.view()->warnings, Contains(HasSubstr("Server bad cannot be enumerated (refused)")));
}

TEST_F(AgentLoopTest, PauseStopsClosingAtOnceAndResumeGoesOn) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Milliseconds(100));
  ASSERT_TRUE(agent().overrides().Pause({.by = "carol", .reason = "maintenance"}).ok());
  ASSERT_THAT(agent_.view()->overrides.holds, SizeIs(1));
  Run(absl::Minutes(20));
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(agent_.DecisionOf("idle"), "close/matched");  // deciding goes on
  EXPECT_EQ(agent_.Metric("idlewarden_paused"), "1");
  EXPECT_THAT(agent_.view()->warnings, Contains("Paused by carol: nothing is closed. Reason: maintenance"));
  ASSERT_TRUE(agent().overrides().Resume({}).ok());
  Run(absl::Seconds(5));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");
  EXPECT_EQ(agent_.Metric("idlewarden_paused"), "0");
}

TEST_F(AgentLoopTest, ViewsShareTheStatusOfAServerUntilItChanges) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  agent_.AddServer("fs02");
  Run(absl::Seconds(5));
  const std::shared_ptr<const AgentView> before = agent_.view();
  agent().SetSettingsError("something else");  // a new view
  const std::shared_ptr<const AgentView> same = agent_.view();
  ASSERT_NE(same, before);
  EXPECT_EQ(same->servers, before->servers);
  server.faults().Add(TransportFault(FaultCall::kEnumerate, "unreachable", Fault::kForever));
  Run(absl::Minutes(6));
  EXPECT_FALSE(agent_.view()->servers[0]->up);
  EXPECT_TRUE(before->servers[0]->up) << "a view does not change";
}

TEST_F(AgentLoopTest, AServerThatIsAddedAgainHasABreakerOfItsOwn) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  server.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  Run(absl::Seconds(10));
  ASSERT_EQ(agent_.StatusOf("fs01").breaker, "open");
  agent_.AddServer("fs01");
  Run(absl::Seconds(10));
  EXPECT_EQ(agent_.StatusOf("fs01").breaker, "closed");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_breaker{server="fs01",state="open"})"), "0");
}

TEST_F(AgentLoopTest, AServersBreakerIsInStatusMetricsAndOneWarning) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  server.faults().Add(WindowsFault(FaultCall::kClose, kErrorAccessDenied));
  Run(absl::Seconds(10));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "denied");
  EXPECT_EQ(agent_.StatusOf("fs01").breaker, "open");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_breaker{server="fs01",state="open"})"), "1");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_breaker{server="fs01",state="closed"})"), "0");
  EXPECT_THAT(agent_.view()->warnings, Contains(HasSubstr("Closing on server fs01 rests (breaker open): the agent's")));
  EXPECT_THAT(agent_.Events("breaker-opened"), SizeIs(1));
  Run(absl::Minutes(12));  // the next plan after the rest
  EXPECT_EQ(agent_.OutcomesOf("idle"), "denied closed");
  EXPECT_EQ(agent_.StatusOf("fs01").breaker, "closed");
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_breaker{server="fs01",state="closed"})"), "1");
  EXPECT_THAT(agent_.Events("breaker-closed"), SizeIs(1));
}

TEST_F(AgentLoopTest, ABadPolicyLeavesTheLastGoodOne) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  const std::string hash = agent_.view()->policy.policy->hash();
  agent_.policy = "version: 1\nrules:\n  - {name: everything, when: {}, mode: enforce}\n";
  const PolicyHolder::Attempt attempt = agent().Reload("rpc");
  EXPECT_FALSE(attempt.taken);
  EXPECT_THAT(attempt.diagnostics, Not(IsEmpty()));
  EXPECT_EQ(agent_.view()->policy.policy->hash(), hash);
  EXPECT_THAT(agent_.view()->policy.last_reload_error, HasSubstr("policy.yaml:3:"));
  EXPECT_EQ(agent_.Metric(R"(idlewarden_policy_reloads_total{result="failed"})"), "1");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Minutes(6));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");  // the old one still acts
  agent_.policy = kIdleRule;
  EXPECT_TRUE(agent().Reload("rpc").taken);
  EXPECT_EQ(agent_.view()->policy.last_reload_error, "");
}

TEST_F(AgentLoopTest, AnUnreadablePolicyLeavesTheLastGoodOne) {
  Start(kIdleRule);
  agent_.policy_error = absl::NotFoundError("policy.yaml: no such file");
  EXPECT_FALSE(agent().Reload("file").taken);
  EXPECT_THAT(agent_.view()->policy.last_reload_error, HasSubstr("no such file"));
  EXPECT_THAT(agent_.view()->warnings, Contains(HasSubstr("The last reload failed")));
}

TEST_F(AgentLoopTest, ANewPolicyDecidesAnewOnWhatIsQueued) {
  agent_.options.executor.rates = {.closes_per_second = 0.01, .burst = 1};
  agent_.options.executor.queue_time_to_live = absl::Hours(1);
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "first", 9000, 9900);
  server.AddSession("10.0.0.2", "second", 1900, 7200);
  Run(absl::Seconds(5));
  ASSERT_EQ(agent_.view()->close_queue_length, 1u);
  agent_.policy = absl::StrCat(kIdleRule, "");
  agent_.policy.replace(agent_.policy.find("[boss]"), 6, "[boss, second]");
  ASSERT_TRUE(agent().Reload("signal").changed);
  Run(absl::Milliseconds(200));
  EXPECT_EQ(agent_.OutcomesOf("second"), "withdrawn");
  EXPECT_THAT(server.closes(), SizeIs(1));
}

TEST_F(AgentLoopTest, ANewPolicyClosesNothingOfTheOldPlanBeforeItHasAPlanOfItsOwn) {
  agent_.options.executor.rates = {.closes_per_second = 0.1, .burst = 1};
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "first", 9000, 9900);
  server.AddSession("10.0.0.2", "second", 1900, 7200);
  Run(absl::Seconds(5));
  ASSERT_EQ(agent_.view()->close_queue_length, 1u);
  // While a server is not known yet there is no plan, and so nothing that the new policy's limits could hold.
  agent_.AddServer("fs02").faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang});
  agent_.policy = absl::StrCat("version: 1\nlimits: {max_closes_per_cycle: 1}", std::string(kIdleRule).substr(11));
  ASSERT_TRUE(agent().Reload("signal").changed);
  Run(absl::Milliseconds(500));
  EXPECT_EQ(agent_.OutcomesOf("second"), "withdrawn");
  EXPECT_THAT(agent_.view()->recent_closes[0].close.message, HasSubstr("not every server is known yet"));
  Run(absl::Minutes(1));
  EXPECT_EQ(agent_.OutcomesOf("second"), "withdrawn closed");
}

TEST_F(AgentLoopTest, TheOtherSessionsOfTheServerCountAtTheLook) {
  Start(R"(
version: 1
rules:
  - {name: crowded, when: {idle: 30m, server_sessions: {at_least: 3}}, mode: enforce}
)");
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  server.AddSession("10.0.0.2", "busy", 0, 7200);
  server.AddSession("10.0.0.3", "busy-too", 0, 7200);
  Run(absl::Seconds(5));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");
}

TEST_F(AgentLoopTest, ForNeedsTwoEnumerationsAndItsTime) {
  Start(R"(
version: 1
rules:
  - {name: patient, when: {idle: 30m}, mode: enforce, for: 2m}
)");
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Seconds(100));
  EXPECT_EQ(agent_.DecisionOf("idle"), "pending/for");
  EXPECT_THAT(server.closes(), IsEmpty());
  Run(absl::Minutes(6));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");
}

TEST_F(AgentLoopTest, ARemovedServerLeavesNothingBehind) {
  Start(kIdleRule);
  agent_.AddServer("fs01").AddSession("10.0.0.1", "alice", 10, 7200);
  agent_.AddServer("fs02");
  Run(absl::Seconds(5));
  ASSERT_EQ(agent_.Metric(R"(idlewarden_server_up{server="fs01"})"), "1");
  agent().RemoveServer("fs01");
  Run(absl::Seconds(5));
  EXPECT_EQ(agent_.Metric(R"(idlewarden_server_up{server="fs01"})"), "");
  EXPECT_THAT(agent_.view()->servers, SizeIs(1));
  EXPECT_EQ(agent_.view()->cycle->table.session_count(), 0u);
}

TEST_F(AgentLoopTest, AServerMayBeReplacedInMidCall) {
  Start(kIdleRule);
  agent_.AddServer("fs01").faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang, .count = 1});
  Run(absl::Seconds(1));
  agent_.AddServer("fs01").AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Seconds(5));
  EXPECT_EQ(agent_.OutcomesOf("idle"), "closed");
}

TEST_F(AgentLoopTest, StoppingIsSeenAndEndsTheWork) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  server.AddSession("10.0.0.1", "idle", 1900, 7200);
  Run(absl::Milliseconds(100));
  bool stopped = false;
  agent().Stop([&] { stopped = true; });
  Run(absl::Minutes(10));
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(agent_.view()->stopping);
  EXPECT_THAT(server.closes(), IsEmpty());
  EXPECT_EQ(server.enumerations(), 1);
}

TEST_F(AgentLoopTest, ViewsMayBeReadByOtherThreads) {
  Start(kIdleRule);
  SimulatedServer& server = agent_.AddServer("fs01");
  agent_.AddServer("fs02", {.generated_sessions = 50});
  Run(absl::Seconds(1));
  std::atomic<bool> stop = false;
  std::atomic<size_t> rows = 0;
  std::promise<void> has_read;
  std::thread reader([&] {
    bool told = false;
    while (!stop) {
      const std::shared_ptr<const AgentView> view = agent_.view();
      const policy::SessionTable& table = view->cycle->table;
      for (size_t i = 0; i < table.server_count(); ++i) {
        for (size_t row = 0; row < table.server(i).size(); ++row) rows += table.server(i).session(row).user.size();
      }
      if (rows > 0 && !std::exchange(told, true)) has_read.set_value();
    }
  });
  for (int i = 0; i < 60; ++i) {
    server.AddSession(absl::StrCat("10.1.0.", i), absl::StrCat("new", i), 0, 0);
    Run(absl::Seconds(30));
  }
  has_read.get_future().wait();  // all of that may be over before the reader has its turn
  stop = true;
  reader.join();
  EXPECT_GT(rows, 0u);
}

TEST_F(AgentLoopTest, AViewStaysAsItWas) {
  Start(kIdleRule);
  agent_.AddServer("fs01").AddSession("10.0.0.1", "alice", 10, 7200);
  Run(absl::Seconds(5));
  const std::shared_ptr<const AgentView> before = agent_.view();
  agent().RemoveServer("fs01");
  Run(absl::Minutes(5));
  ASSERT_THAT(before->servers, SizeIs(1));
  EXPECT_EQ(before->cycle->table.server(0).session(0).user, "alice");
}

}  // namespace
}  // namespace idlewarden::agent
