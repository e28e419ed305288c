// The compiled search against the plain one on random policies and tables, and the cases that its rules are about.

#include "policy/evaluator/next_eligible.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "policy/compiler/compile.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/evaluator/plain_next_eligible.h"
#include "policy/testing/build.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

using testing::RandomCase;

const absl::Time kAt = absl::FromUnixSeconds(1'795'000'000);

// Of one server with one session: idle for an hour, begun two hours ago, no open files.
absl::Duration TimeFor(const std::string& yaml, const Session& session = testing::MakeSession("pc-1", "bob")) {
  const SessionTable table = testing::MakeTable({testing::MakeServer("fs01", {session})});
  return TimeToNextEligible(*testing::MustCompile(yaml), table, 0, kAt);
}

TEST(NextEligibleTest, IsTheLeastTimeToALimit) {
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 90m}}, {name: b, when: {idle: 80m}}]\n"), absl::Minutes(20));
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 80m, age: 3h}}]\n"), absl::Hours(1));
  EXPECT_EQ(TimeFor("rules: []\n"), absl::InfiniteDuration());
}

TEST(NextEligibleTest, TakesWhatMayChangeByItselfAsFulfilled) {
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 30m, open_files: {at_least: 1}}}]\n"), absl::ZeroDuration());
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 90m, server_sessions: {at_least: 9}}}]\n"), absl::Minutes(30));
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 90m, users: [carol]}}]\n"), absl::InfiniteDuration());
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 90m, servers: {labels: {site: ams}}}}]\n"),
            absl::InfiniteDuration());
}

TEST(NextEligibleTest, PastAnUpperLimitIdleTimeBeginsAnewAndAgeIsOver) {
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: {at_least: 10m, below: 20m}}}]\n"), absl::Minutes(10));
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 90m, age: {below: 1h}}}]\n"), absl::InfiniteDuration());
}

// It grows like an idle time; below anything it is only once the next use was seen.
TEST(NextEligibleTest, ALowerBoundGrowsButFallsUnderNothing) {
  Session session = testing::MakeSession("pc-1", "bob");
  session.idle_bound = IdleBound::kAtLeast;
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 90m}}]\n", session), absl::Minutes(30));
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 30m}, for: 5m}]\n", session), absl::Minutes(5));
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: {at_least: 10m, below: 2h}}}]\n", session), absl::Minutes(10));
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: {at_least: 80m, below: 2h}}}]\n", session), absl::Minutes(80));
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 80m, any: [{idle: {at_least: 30m, below: 2h}}]}}]\n", session),
            absl::Minutes(30));
  session.idle_seconds.reset();
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 90m}}]\n", session), absl::InfiniteDuration());
}

TEST(NextEligibleTest, AMatchedSessionCountsWithItsWaitOnly) {
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 30m}}, {name: b, when: {idle: 90m}}]\n"), absl::InfiniteDuration());
  EXPECT_EQ(TimeFor("rules: [{name: a, when: {idle: 30m}, for: 5m}]\n"), absl::Minutes(5));
}

TEST(NextEligibleTest, AProtectionForGoodTakesASessionOutAndOneForNowDoesNot) {
  const std::string rules = "rules: [{name: a, when: {idle: 90m}}]\n";
  EXPECT_EQ(TimeFor("protect: [{name: p, when: {users: [bob]}}]\n" + rules), absl::InfiniteDuration());
  EXPECT_EQ(TimeFor("protect: [{name: p, when: {age: 1h}}]\n" + rules), absl::Minutes(30));
  EXPECT_EQ(TimeFor(rules, testing::MakeSession("pc-1", "NODE$")), absl::InfiniteDuration());
  EXPECT_EQ(TimeFor(rules, testing::MakeSession("pc-1", "")), absl::InfiniteDuration());
}

// "" if both agree on all servers. `kept` has served other policies and tables before.
std::string Difference(const RandomCase& random, LookupCache& kept) {
  const CompileResult compiled = CompilePolicy({"random.yaml", random.Yaml(), nullptr});
  if (compiled.policy == nullptr) return "the policy has errors";
  const SessionTable table = testing::MakeTable(random.servers, random.hosts);
  for (size_t i = 0; i < table.server_count(); ++i) {
    const absl::Duration plain = TimeToNextEligiblePlainly(*compiled.policy, table, i, random.at);
    const absl::Duration time = TimeToNextEligible(*compiled.policy, table, i, random.at);
    if (time != plain) {
      return absl::StrCat("server ", i, ": plain ", absl::FormatDuration(plain), ", compiled ",
                          absl::FormatDuration(time));
    }
    const absl::Duration with_kept = TimeToNextEligible(*compiled.policy, table, i, random.at, &kept);
    if (with_kept != plain) return absl::StrCat("server ", i, " with kept look-ups");
  }
  return "";
}

void Compare(uint64_t first_seed, uint64_t cases, const testing::RandomCaseSize& size) {
  LookupCache kept;
  const auto difference = [&](const RandomCase& random) { return Difference(random, kept); };
  EXPECT_EQ(testing::FirstDifference(first_seed, cases, size, difference), "");
}

using testing::kUsualCases;

// Few sessions, or one of them almost always brings the time down to zero.
TEST(NextEligibleProperty, IsThatOfThePlainSearchForFewSessions) { Compare(1, kUsualCases, {4, 2, 3}); }

TEST(NextEligibleProperty, IsThatOfThePlainSearchForManySessions) { Compare(1'000'000, kUsualCases / 2, {3, 4, 100}); }

// Several words of bits.
TEST(NextEligibleProperty, IsThatOfThePlainSearchForManyRules) { Compare(2'000'000, kUsualCases / 80, {600, 20, 3}); }

}  // namespace
}  // namespace idlewarden::policy
