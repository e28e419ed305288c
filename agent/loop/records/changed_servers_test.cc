#include "agent/loop/records/changed_servers.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/testing/build.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const policy::CompiledPolicy> Compile(const std::string& limits) {
  return policy::testing::MustCompile(
      absl::StrCat("limits: {", limits, "}\nrules: [{name: r, mode: enforce, when: {idle: 1h}}]\n"));
}

policy::ServerSnapshot Server(const std::string& name, int64_t idle) {
  policy::Session session;
  session.client = "10.0.0.1";
  session.user = "alice";
  session.idle_seconds = idle;
  session.age_seconds = idle + 60;
  session.open_files = 0;
  return {.name = name, .labels = {}, .sessions = {session}};
}

class ChangedServersTest : public ::testing::Test {
 protected:
  ChangedServersTest() {
    for (const char* name : {"a", "b", "c"}) table_.SetServer(Server(name, 7200));
  }

  // A cycle over the table, which takes the one before it over where it can.
  const CycleView& Run() {
    policy::CycleInput input{.policy = *policy_, .table = table_, .at = absl::FromUnixSeconds(1'700'000'000)};
    std::optional<policy::EarlierCycle> earlier;
    before_ = std::move(now_);
    if (before_ != nullptr) {
      earlier.emplace(policy::EarlierCycle{before_->table, before_->result.before_limits, before_->result.terms});
      input.before = &*earlier;
    }
    now_ = std::make_unique<CycleView>(CycleView{policy_, table_, policy::RunCycle(input)});
    return *now_;
  }

  // The names of those that have changed since the cycle before the last.
  std::vector<std::string> Changed() const {
    std::vector<std::string> names;
    for (const ChangedServer& server : ChangedServers(before_.get(), *now_)) {
      names.push_back(now_->table.server(server.now).name());
      if (server.before.has_value()) {
        EXPECT_EQ(before_->table.server(*server.before).name(), names.back());
      } else {
        names.back() += " (new)";
      }
    }
    return names;
  }

  std::shared_ptr<const policy::CompiledPolicy> policy_ = Compile("");
  policy::SessionTable table_;
  std::unique_ptr<CycleView> before_;
  std::unique_ptr<CycleView> now_;
};

TEST_F(ChangedServersTest, AllInTheFirstCycleAndNoneInOneLikeIt) {
  Run();
  EXPECT_THAT(Changed(), ElementsAre("a (new)", "b (new)", "c (new)"));
  Run();
  EXPECT_THAT(Changed(), IsEmpty());
}

TEST_F(ChangedServersTest, ThoseThatWereEnumeratedOrGotStale) {
  Run();
  table_.SetServer(Server("b", 7200));
  table_.MarkIncomplete("c");
  Run();
  EXPECT_THAT(Changed(), ElementsAre("b", "c"));
}

TEST_F(ChangedServersTest, PlacesThatMoveAreNoChange) {
  Run();
  table_.RemoveServer("a");
  table_.SetServer(Server("d", 7200));
  Run();
  EXPECT_THAT(Changed(), ElementsAre("d (new)"));
}

TEST_F(ChangedServersTest, AllThatALimitHoldsBecauseOfAnother) {
  policy_ = Compile("max_closes_per_cycle: 3");
  Run();
  table_.SetServer(Server("d", 7200));
  Run();
  EXPECT_THAT(Changed(), ElementsAre("a", "b", "c", "d (new)"));
  Run();
  EXPECT_THAT(Changed(), IsEmpty()) << "held in both";
}

TEST_F(ChangedServersTest, AllUnderAnotherPolicy) {
  Run();
  policy_ = Compile("");
  Run();
  EXPECT_THAT(Changed(), ElementsAre("a", "b", "c")) << "rules are known by their place in the policy";
}

}  // namespace
}  // namespace idlewarden::agent
