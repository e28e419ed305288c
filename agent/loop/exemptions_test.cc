// Exemptions, on the whole agent below the control plane.

#include "agent/overrides/exemptions.h"

#include <string>

#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/loop/testing/agent_fixture.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPolicy[] = R"(
version: 1
rules:
  - {name: idle-ones, when: {idle: 30m}, mode: enforce}
)";

class ExemptionsTest : public ::testing::Test {
 protected:
  ExemptionsTest() {
    fixture_.policy = kPolicy;
    fixture_.Start();
  }
  Overrides& overrides() { return fixture_.agent().overrides(); }
  Exemption Wanted(absl::Duration length = absl::Hours(1)) {
    return {.by = "carol", .reason = "migration", .ticket = "OPS-7", .expires = loop_.Now() + length};
  }
  int64_t Add(const Exemption& exemption) {
    const auto added = overrides().AddExemption(exemption);
    EXPECT_TRUE(added.ok()) << added.status();
    return added.ok() ? added->id : 0;
  }
  std::string Refusal(const Exemption& exemption) {
    const auto added = overrides().AddExemption(exemption);
    EXPECT_EQ(added.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(*fixture_.view()->overrides.exemptions, IsEmpty());
    return std::string(added.status().message());
  }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }

  SimulatedEventLoop loop_;
  AgentFixture fixture_{loop_};
};

TEST_F(ExemptionsTest, UsersClientsAndPairsAreKept) {
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.AddSession("10.1.0.1", "bob", 1900, 7200);
  server.AddSession("10.2.0.1", "ext-eve", 1900, 7200);
  server.AddSession("10.3.0.1", "ext-mallory", 1900, 7200);
  server.AddSession("10.4.0.1", "dave", 1900, 7200);
  Exemption user = Wanted();
  user.users = {"AL?CE"};
  Exemption network = Wanted();
  network.clients = {"10.1.0.0/16"};
  Exemption pair = Wanted();
  pair.users = {"ext-*"};
  pair.clients = {"10.2.0.0/16"};
  for (const Exemption& exemption : {user, network, pair}) Add(exemption);
  EXPECT_EQ(fixture_.Metric("idlewarden_exemptions"), "3");
  Run(absl::Minutes(1));
  EXPECT_EQ(fixture_.DecisionOf("alice"), "keep/exempt");
  EXPECT_EQ(fixture_.DecisionOf("bob"), "keep/exempt");
  EXPECT_EQ(fixture_.DecisionOf("ext-eve"), "keep/exempt");
  EXPECT_EQ(fixture_.OutcomesOf("ext-mallory"), "closed");
  EXPECT_EQ(fixture_.OutcomesOf("dave"), "closed");
}

TEST_F(ExemptionsTest, UnknownIsCovered) {
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("desk-7", "alice", 1900, 7200);  // whether it is in the network is not known
  server.AddSession("10.2.0.1", "bob", 1900, 7200);  // whether it is a kiosk is not known
  Exemption network = Wanted();
  network.clients = {"10.1.0.0/16"};
  Exemption kiosks = Wanted();
  kiosks.clients = {"kiosk-*"};
  for (const Exemption& exemption : {network, kiosks}) Add(exemption);
  Run(absl::Minutes(1));
  EXPECT_EQ(fixture_.DecisionOf("alice"), "keep/exempt");
  EXPECT_EQ(fixture_.DecisionOf("bob"), "keep/exempt");
}

TEST_F(ExemptionsTest, OnlyOnTheNamedServers) {
  fixture_.AddServer("fs01").AddSession("10.0.0.1", "alice", 1900, 7200);
  fixture_.AddServer("nas1").AddSession("10.0.0.1", "bob", 1900, 7200);
  Exemption one = Wanted();
  one.users = {"alice", "bob"};
  one.servers = {"fs*"};
  Add(one);
  Run(absl::Minutes(1));
  EXPECT_EQ(fixture_.DecisionOf("alice"), "keep/exempt");
  EXPECT_EQ(fixture_.OutcomesOf("bob"), "closed");
}

TEST_F(ExemptionsTest, ActsAtOnceOnWhatIsQueued) {
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  ASSERT_TRUE(overrides().Pause({}).ok());
  Run(absl::Minutes(1));
  ASSERT_EQ(fixture_.DecisionOf("alice"), "close/matched");
  Exemption user = Wanted();
  user.users = {"alice"};
  const int64_t id = Add(user);
  EXPECT_EQ(fixture_.DecisionOf("alice"), "keep/exempt");
  ASSERT_TRUE(overrides().Resume({}).ok());
  Run(absl::Minutes(1));
  EXPECT_THAT(server.closes(), IsEmpty());
  const auto removed = overrides().RemoveExemption(id, {.by = "dave"});
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->ticket, "OPS-7");
  Run(absl::Seconds(10));
  EXPECT_THAT(server.closes(), SizeIs(1));
  EXPECT_EQ(overrides().RemoveExemption(id, {.by = "dave"}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ExemptionsTest, EndsByItselfAtItsTime) {
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  Exemption user = Wanted(absl::Minutes(10));
  user.users = {"alice"};
  Add(user);
  Run(absl::Minutes(10) - absl::Seconds(1));
  EXPECT_EQ(fixture_.DecisionOf("alice"), "keep/exempt");
  EXPECT_THAT(server.closes(), IsEmpty());
  Run(absl::Seconds(5));
  EXPECT_THAT(server.closes(), SizeIs(1));
  EXPECT_THAT(*fixture_.view()->overrides.exemptions, IsEmpty());
  EXPECT_EQ(fixture_.Metric("idlewarden_exemptions"), "0");
  EXPECT_THAT(fixture_.Events("exemption-expired"), SizeIs(1));
}

TEST_F(ExemptionsTest, SurvivesARestartUnlessItsTimeIsOver) {
  Exemption longer = Wanted(absl::Hours(1));
  longer.users = {"alice"};
  Exemption shorter = Wanted(absl::Minutes(10));
  shorter.users = {"bob"};
  Add(longer);
  Add(shorter);
  fixture_.Stop();
  Run(absl::Minutes(20));
  fixture_.Restart();
  ASSERT_THAT(*fixture_.view()->overrides.exemptions, SizeIs(1));
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "alice", 1900, 7200);
  server.AddSession("10.0.0.2", "bob", 1900, 7200);
  Run(absl::Minutes(1));
  EXPECT_EQ(fixture_.DecisionOf("alice"), "keep/exempt");
  EXPECT_EQ(fixture_.OutcomesOf("bob"), "closed");
}

TEST_F(ExemptionsTest, WhatIsNotUnderstoodIsRefusedWithItsReason) {
  Exemption nobody = Wanted();
  nobody.servers = {"fs01"};
  EXPECT_THAT(Refusal(nobody), HasSubstr("users or clients"));
  Exemption network = Wanted();
  network.clients = {"10.0.0.1/8"};
  EXPECT_THAT(Refusal(network), HasSubstr("10.0.0.1/8"));
  Exemption list = Wanted();
  list.users = {"$leavers"};
  EXPECT_THAT(Refusal(list), HasSubstr("leavers"));
  Exemption over = Wanted(absl::ZeroDuration());
  over.users = {"alice"};
  EXPECT_THAT(Refusal(over), HasSubstr("in the future"));
  Exemption anonymous = Wanted();
  anonymous.users = {"alice"};
  anonymous.by.clear();
  EXPECT_THAT(Refusal(anonymous), HasSubstr("by whom"));
  Exemption lines = Wanted();
  lines.users = {"a\n    any: []"};
  EXPECT_THAT(Refusal(lines), HasSubstr("control characters"));
}

TEST_F(ExemptionsTest, QuotesAndBackslashesAreNoYaml) {
  SimulatedServer& server = fixture_.AddServer("fs01");
  server.AddSession("10.0.0.1", "CORP\\alice", 1900, 7200);
  server.AddSession("10.0.0.2", "o\"brien", 1900, 7200);
  Exemption odd = Wanted();
  odd.users = {"CORP\\alice", "o\"brien", "# none", "'", "{x: y}"};
  Add(odd);
  Run(absl::Minutes(1));
  EXPECT_EQ(fixture_.DecisionOf("CORP\\alice"), "keep/exempt");
  EXPECT_EQ(fixture_.DecisionOf("o\"brien"), "keep/exempt");
}

TEST_F(ExemptionsTest, WhatCannotBeRecordedIsNotInForce) {
  Exemption user = Wanted();
  user.users = {"alice"};
  ASSERT_TRUE(fixture_.ledger().database().Execute("PRAGMA query_only = ON").ok());
  const auto added = overrides().AddExemption(user);
  EXPECT_THAT(std::string(added.status().message()), HasSubstr("not in force"));
  EXPECT_THAT(*fixture_.view()->overrides.exemptions, IsEmpty());
}

}  // namespace
}  // namespace idlewarden::agent
