// Policies that name hosts, on servers that report addresses: the whole agent below the control plane with a DNS.

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/names/testing/fake_dns.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kPolicy[] = R"(
version: 1
protect:
  - {name: backup-host, when: {clients: [backup01.corp.example]}}
  - {name: consoles, when: {clients: ["console-*"]}}
rules:
  - {name: idle-ones, when: {idle: 30m}, mode: enforce}
)";

class ClientNamesTest : public ::testing::Test {
 protected:
  ClientNamesTest() { fixture_.policy = kPolicy; }

  void Start(bool ask_dns) {
    if (ask_dns) fixture_.dns = &dns_;
    fixture_.Start();
    server_ = &fixture_.AddServer("fs01");
    server_->AddSession("\\\\10.0.0.9", "svc-copy", 1900, 7200);
    server_->AddSession("10.0.0.10", "olga", 1900, 7200);
    server_->AddSession("10.0.0.11", "carol", 1900, 7200);
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }

  SimulatedEventLoop loop_;
  FakeDns dns_{loop_};
  AgentFixture fixture_{loop_};
  SimulatedServer* server_ = nullptr;
};

TEST_F(ClientNamesTest, WithoutDnsAllAreKeptAndThatIsShown) {
  Start(/*ask_dns=*/false);
  Run(absl::Minutes(10));
  for (const char* user : {"svc-copy", "olga", "carol"}) {
    EXPECT_EQ(fixture_.DecisionOf(user), "keep/protected-unknown") << user;
  }
  EXPECT_THAT(fixture_.view()->recent_closes, IsEmpty());
  EXPECT_THAT(fixture_.StatusOf("fs01").protected_unknown, ElementsAre(Pair("backup-host", 3)));
  EXPECT_EQ(fixture_.Metric(R"(idlewarden_protected_unknown_sessions{server="fs01",protection="backup-host"})"), "3");
  EXPECT_THAT(
      fixture_.view()->warnings,
      Contains(HasSubstr(
          "The protection backup-host keeps 3 sessions although nobody can know whether it is for them (fs01 3)")));
  EXPECT_THAT(fixture_.Events("protections-unknown"), SizeIs(1));
}

TEST_F(ClientNamesTest, WithDnsEachIsProtectedOrClosed) {
  dns_.hosts = {{"backup01.corp.example", {"10.0.0.9"}},
                {"console-1.corp.example", {"10.0.0.10"}},
                {"pc-1.corp.example", {"10.0.0.11"}}};
  dns_.names = {{"10.0.0.10", {"console-1.corp.example"}}, {"10.0.0.11", {"pc-1.corp.example"}}};
  Start(/*ask_dns=*/true);
  Run(absl::Minutes(10));
  EXPECT_EQ(fixture_.DecisionOf("svc-copy"), "keep/protected");
  EXPECT_EQ(fixture_.DecisionOf("olga"), "keep/protected");
  EXPECT_EQ(fixture_.OutcomesOf("carol"), "closed");
  EXPECT_THAT(fixture_.StatusOf("fs01").protected_unknown, IsEmpty());
  EXPECT_EQ(fixture_.Metric(R"(idlewarden_protected_unknown_sessions{server="fs01",protection="backup-host"})"), "");
  EXPECT_EQ(fixture_.Metric("idlewarden_client_addresses"), "3");
  EXPECT_EQ(fixture_.Metric("idlewarden_client_questions_waiting"), "0");
  EXPECT_NE(fixture_.Metric(R"(idlewarden_client_lookups_total{kind="address",result="found"})"), "0");
}

// The name of somebody else's host in a zone of one's own must neither protect nor close.
TEST_F(ClientNamesTest, ALyingReverseZoneHelpsNobody) {
  dns_.hosts = {{"backup01.corp.example", {"10.0.0.9"}}, {"console-1.corp.example", {"10.0.0.10"}}};
  dns_.names = {{"10.0.0.11", {"console-1.corp.example"}}};
  Start(/*ask_dns=*/true);
  Run(absl::Minutes(10));
  EXPECT_EQ(fixture_.DecisionOf("carol"), "keep/protected-unknown");
  EXPECT_NE(fixture_.Metric(R"(idlewarden_client_lookups_total{kind="address",result="unconfirmed"})"), "0");
}

TEST_F(ClientNamesTest, WhenDnsFallsSilentProtectionsProtect) {
  dns_.hosts = {{"backup01.corp.example", {"10.0.0.9"}}, {"pc-1.corp.example", {"10.0.0.11"}}};
  dns_.names = {{"10.0.0.11", {"pc-1.corp.example"}}};
  Start(/*ask_dns=*/true);
  Run(absl::Minutes(6));  // names count from the next poll on
  EXPECT_EQ(fixture_.OutcomesOf("carol"), "closed");
  dns_.silent = {"backup01.corp.example", "10.0.0.9", "10.0.0.10", "10.0.0.11", "pc-1.corp.example"};
  Run(absl::Minutes(30));
  server_->AddSession("10.0.0.11", "dave", 1900, 7200);
  Run(absl::Minutes(10));
  EXPECT_EQ(fixture_.DecisionOf("dave"), "keep/protected-unknown");
  EXPECT_EQ(fixture_.DecisionOf("svc-copy"), "keep/protected-unknown");
}

// The address that a protected host has got meanwhile is protected, also where a close of its session waits already.
TEST_F(ClientNamesTest, AHostThatMovesWhileAPairWaitsIsProtected) {
  dns_.hosts = {{"backup01.corp.example", {"10.0.0.9"}},
                {"pc-0.corp.example", {"10.0.0.10"}},
                {"pc-1.corp.example", {"10.0.0.11"}}};
  dns_.names = {{"10.0.0.10", {"pc-0.corp.example"}}, {"10.0.0.11", {"pc-1.corp.example"}}};
  // One close at once, the next after twenty minutes.
  fixture_.options.executor.rates = {.closes_per_second = 1.0 / 1200, .burst = 1};
  fixture_.options.executor.queue_time_to_live = absl::Hours(1);
  Start(/*ask_dns=*/true);
  Run(absl::Minutes(10));
  const bool carol_waits = fixture_.OutcomesOf("carol").empty();
  const std::string waits = carol_waits ? "carol" : "olga";
  ASSERT_EQ(fixture_.OutcomesOf(carol_waits ? "olga" : "carol"), "closed");
  ASSERT_EQ(fixture_.DecisionOf(waits), "close/matched");
  dns_.hosts["backup01.corp.example"] = {carol_waits ? "10.0.0.11" : "10.0.0.10"};
  Run(absl::Minutes(40));
  EXPECT_EQ(fixture_.DecisionOf(waits), "keep/protected");
  EXPECT_THAT(fixture_.OutcomesOf(waits), Not(HasSubstr("closed")));
}

// What an operator exempts by host name is asked for as well.
TEST_F(ClientNamesTest, HostsOfExemptionsAreAskedFor) {
  fixture_.policy = R"(
version: 1
rules:
  - {name: idle-ones, when: {idle: 30m}, mode: enforce}
)";
  dns_.hosts = {{"pc-7.corp.example", {"10.0.0.10"}}};
  fixture_.dns = &dns_;
  fixture_.Start();
  Exemption exemption{.by = "carol", .reason = "migration", .expires = loop_.Now() + absl::Hours(1)};
  exemption.clients = {"PC-7.corp.example"};
  ASSERT_TRUE(fixture_.agent().overrides().AddExemption(exemption).ok());
  Run(absl::Seconds(1));
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.10", "olga", 1900, 7200);
  server.AddSession("10.0.0.11", "carol", 1900, 7200);
  Run(absl::Minutes(5));
  EXPECT_THAT(dns_.asked, Contains("pc-7.corp.example"));
  EXPECT_EQ(fixture_.DecisionOf("olga"), "keep/exempt");
  EXPECT_EQ(fixture_.OutcomesOf("carol"), "closed");
}

}  // namespace
}  // namespace idlewarden::agent
