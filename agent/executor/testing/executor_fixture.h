// The fixture of the executor's tests: simulated servers, a plan, and an executor that is fast unless told otherwise.
//
// Threads: the simulated event loop's.

#ifndef IDLEWARDEN_AGENT_EXECUTOR_TESTING_EXECUTOR_FIXTURE_H_
#define IDLEWARDEN_AGENT_EXECUTOR_TESTING_EXECUTOR_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/executor/executor.h"
#include "agent/executor/testing/executor_fakes.h"
#include "gtest/gtest.h"
#include "policy/model/decision.h"
#include "policy/model/plan.h"

namespace idlewarden::agent {

inline constexpr absl::Duration kTick = absl::Nanoseconds(1);

class ExecutorTest : public ::testing::Test {
 protected:
  ExecutorTest() {
    options_.rates = {
        .closes_per_second = 100, .burst = 100, .closes_per_second_per_server = 100, .burst_per_server = 100};
  }

  ~ExecutorTest() override { executor_.reset(); }

  Executor& executor() {
    if (executor_ == nullptr) executor_ = std::make_unique<Executor>(loop_, options_, decisions_, decisions_, journal_);
    return *executor_;
  }

  NotingServer& AddServer(const std::string& name, bool samba_like = false) {
    servers_.push_back(
        std::make_unique<NotingServer>(SimulatedServerOptions{.name = name, .samba_like = samba_like}, loop_));
    executor().AddServer(*servers_.back());
    return *servers_.back();
  }

  // A session that is there, and its pair in the plan.
  void Plan(NotingServer& server, const std::string& client, const std::string& user, int64_t idle = 3600) {
    server.inner.AddSession(client, user, idle, idle + 3600);
    PlanOnly(server.name(), client, user, idle);
  }

  void PlanOnly(const std::string& server, const std::string& client, const std::string& user, int64_t idle = 3600,
                policy::Decision decision = policy::Decision::kClose) {
    policy::Session session;
    session.client = client;
    session.user = user;
    session.idle_seconds = idle;
    session.age_seconds = idle + 3600;
    plan_.id = "plan-1";
    plan_.policy_hash = "hash-1";
    plan_.pairs.push_back({.server = server,
                           .client = client,
                           .user = user,
                           .sessions = {session},
                           .rule = "a-rule",
                           .decision = decision});
  }

  void Submit() { executor().Submit(plan_); }
  void SubmitAndRun(absl::Duration time = absl::Seconds(10)) {
    Submit();
    loop_.AdvanceBy(time);
  }

  SimulatedEventLoop loop_;
  ExecutorOptions options_;
  FakeDecisions decisions_;
  FakeJournal journal_;
  policy::Plan plan_;
  std::vector<std::unique_ptr<NotingServer>> servers_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_EXECUTOR_TESTING_EXECUTOR_FIXTURE_H_
