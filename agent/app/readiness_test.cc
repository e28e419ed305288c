#include "agent/app/readiness.h"

#include <memory>

#include "agent/loop/agent_view.h"
#include "agent/overrides/hold.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

std::shared_ptr<const ServerStatus> Server(bool up) {
  ServerStatus status;
  status.up = status.tried = up;
  return std::make_shared<const ServerStatus>(status);
}

TEST(ReadinessTest, ReadyWhenEachServerWasTriedAndOneAnswered) {
  AgentView view;
  view.servers = {Server(false), Server(true)};
  view.first_round_done = true;
  EXPECT_TRUE(ReadinessOf(view).ok);
  view.first_round_done = false;
  EXPECT_EQ(ReadinessOf(view).text, "not every server was tried yet\n");
  view.servers = {Server(false)};
  EXPECT_EQ(ReadinessOf(view).text, "no server was enumerated yet\n");
}

TEST(ReadinessTest, AnAgentWithoutServersIsReady) { EXPECT_TRUE(ReadinessOf(AgentView()).ok); }

TEST(ReadinessTest, NotWhileNothingCanBeRecordedNorAtTheEnd) {
  AgentView view;
  view.overrides.holds = {{.cause = HoldCause::kHoldFile, .reason = "maintenance"}};
  EXPECT_TRUE(ReadinessOf(view).ok) << "a hold that an operator wants is no failure";
  view.overrides.holds.push_back({.cause = HoldCause::kLedger, .reason = "no space left"});
  EXPECT_EQ(ReadinessOf(view).text, "the ledger cannot be written: no space left\n");
  view.stopping = true;
  EXPECT_EQ(ReadinessOf(view).text, "stopping\n");
}

}  // namespace
}  // namespace idlewarden::agent
