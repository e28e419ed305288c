#include "agent/loop/records/decision_changes.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/loop/records/changed_servers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/compiler/compile.h"

namespace idlewarden::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

policy::Session Row(const std::string& user, int64_t idle) {
  policy::Session session;
  session.client = "10.0.0.1";
  session.user = user;
  session.idle_seconds = idle;
  session.age_seconds = 90000;
  session.open_files = 0;
  return session;
}

class DecisionChangesTest : public ::testing::Test {
 protected:
  DecisionChangesTest() { Compile("r", "1h"); }

  void Compile(const std::string& rule, const std::string& idle) {
    policy_ = policy::CompilePolicy(
                  {.file_name = "p",
                   .text = absl::StrCat("version: 1\nrules: [{name: ", rule, ", when: {idle: ", idle, "}}]\n"),
                   .read_list_file = {}})
                  .policy;
  }

  // What is counted in one cycle over these sessions.
  std::map<std::string, uint64_t> Count(std::vector<policy::Session> sessions) {
    table_.SetServer({.name = "fs01", .labels = {}, .sessions = std::move(sessions)});
    return Count();
  }

  std::map<std::string, uint64_t> Count() {
    auto now = std::make_unique<CycleView>(CycleView{policy_, table_,
                                                     policy::RunCycle({.policy = *policy_,
                                                                       .table = table_,
                                                                       .at = absl::FromUnixSeconds(1'700'000'000),
                                                                       .observe_only = false,
                                                                       .history = nullptr,
                                                                       .exempt = nullptr})});
    std::map<std::string, uint64_t> counted;
    const std::vector<ChangedServer> changed = ChangedServers(before_.get(), *now);
    CountDecisionChanges(before_.get(), *now, changed,
                         [&](absl::string_view rule, absl::string_view decision, uint64_t count) {
                           counted[absl::StrCat(rule, "/", decision)] += count;
                         });
    before_ = std::move(now);
    return counted;
  }

  std::shared_ptr<const policy::CompiledPolicy> policy_;
  policy::SessionTable table_;
  std::unique_ptr<CycleView> before_;
};

TEST_F(DecisionChangesTest, CountsEachSessionOnceUntilItChanges) {
  EXPECT_THAT(Count({Row("a", 4000), Row("b", 10), Row("c", 10)}),
              UnorderedElementsAre(Pair("r/would-close", 1), Pair("/keep", 2)));
  EXPECT_THAT(Count({Row("a", 4030), Row("b", 40), Row("c", 40)}), IsEmpty());
  EXPECT_THAT(Count({Row("a", 0), Row("b", 4000), Row("c", 70)}),
              UnorderedElementsAre(Pair("r/would-close", 1), Pair("/keep", 1)));
}

TEST_F(DecisionChangesTest, AProtectionIsNotTheRuleOfTheSameNumber) {
  policy_ = policy::CompilePolicy({.file_name = "p",
                                   .text = "version: 1\nprotect: [{name: p, when: {open_files: {at_least: 1}}}]\n"
                                           "rules: [{name: r, mode: enforce, when: {idle: 1h}}]\n",
                                   .read_list_file = {}})
                .policy;
  policy::Session open = Row("a", 4000);
  open.open_files = 1;
  EXPECT_THAT(Count({open}), UnorderedElementsAre(Pair("p/keep", 1)));
  table_.SetServer({.name = "fs01", .labels = {}, .sessions = {Row("a", 4000)}});
  table_.MarkIncomplete("fs01");
  EXPECT_THAT(Count(), UnorderedElementsAre(Pair("r/keep", 1))) << "kept in both, by the first of either kind";
}

TEST_F(DecisionChangesTest, SessionsAreKnownAgainWhenTheTableHasItsStringsAnew) {
  Count({Row("a", 4000), Row("b", 10)});
  policy::SessionTable anew;
  anew.SetServer({.name = "fs00", .labels = {}, .sessions = {}});
  anew.SetServer({.name = "fs01", .labels = {}, .sessions = {Row("b", 10), Row("a", 10)}});
  table_ = anew;
  EXPECT_THAT(Count(), UnorderedElementsAre(Pair("/keep", 1)));
}

TEST_F(DecisionChangesTest, OrderOfRowsDoesNotMatter) {
  Count({Row("a", 4000), Row("b", 10)});
  EXPECT_THAT(Count({Row("b", 10), Row("a", 4000)}), IsEmpty());
}

TEST_F(DecisionChangesTest, SessionsThatShareClientAndUserAreCountedEach) {
  EXPECT_THAT(Count({Row("a", 4000), Row("a", 5000)}), UnorderedElementsAre(Pair("r/would-close", 2)));
  EXPECT_THAT(Count({Row("a", 4000), Row("a", 5000), Row("a", 6000)}), UnorderedElementsAre(Pair("r/would-close", 1)));
}

TEST_F(DecisionChangesTest, ASessionThatCameBackIsCountedAgain) {
  Count({Row("a", 4000)});
  EXPECT_THAT(Count({}), IsEmpty());
  EXPECT_THAT(Count({Row("a", 4000)}), UnorderedElementsAre(Pair("r/would-close", 1)));
}

TEST_F(DecisionChangesTest, AnotherRuleIsAChange) {
  Count({Row("a", 4000)});
  Compile("other", "1h");
  EXPECT_THAT(Count({Row("a", 4000)}), UnorderedElementsAre(Pair("other/would-close", 1)));
}

TEST_F(DecisionChangesTest, AnotherRuleIsAChangeAlsoWithoutANewEnumeration) {
  Count({Row("a", 4000)});
  Compile("other", "1h");
  EXPECT_THAT(Count(), UnorderedElementsAre(Pair("other/would-close", 1)));
  EXPECT_THAT(Count(), IsEmpty());
}

TEST_F(DecisionChangesTest, AnIncompleteServerIsAChangeOfWhatMatched) {
  Count({Row("a", 4000), Row("b", 10)});
  table_.MarkIncomplete("fs01");
  EXPECT_THAT(Count(), UnorderedElementsAre(Pair("r/keep", 1)));
}

TEST_F(DecisionChangesTest, OtherServersMayComeAndGo) {
  Count({Row("a", 4000)});
  table_.SetServer({.name = "fs02", .labels = {}, .sessions = {Row("a", 10)}});
  EXPECT_THAT(Count(), UnorderedElementsAre(Pair("/keep", 1)));
  table_.RemoveServer("fs01");
  EXPECT_THAT(Count(), IsEmpty());
  EXPECT_THAT(Count({Row("a", 4000)}), UnorderedElementsAre(Pair("r/would-close", 1)));
}

}  // namespace
}  // namespace idlewarden::agent
