#include "agent/executor/unresolved_closes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const SteadyTime kSent = SteadyTime::AfterOrigin(absl::Seconds(1'800'000'000));
constexpr absl::Duration kPatience = absl::Seconds(10);

policy::Session Row(absl::string_view user, std::optional<int64_t> age, absl::string_view client = "10.0.0.5") {
  policy::Session session;
  session.client = std::string(client);
  session.user = std::string(user);
  session.age_seconds = age;
  return session;
}

class UnresolvedClosesTest : public ::testing::Test {
 protected:
  // Two hours old when it was enumerated, a second before the close.
  void AddAlice(std::optional<int64_t> age = 7200) {
    open_.Add({.intent_id = 7,
               .intent = {.server = "fs01", .client = "\\\\10.0.0.5", .user = "alice", .sessions = {Row("alice", age)}},
               .rechecked_at = kSent - absl::Seconds(1),
               .sent_at = kSent});
  }
  // The names of the outcomes.
  std::vector<std::string> Observe(absl::Duration after, const std::vector<policy::Session>& sessions,
                                   absl::string_view server = "fs01") {
    std::vector<std::string> names;
    for (const CloseOutcome& outcome : open_.Observe(server, kSent + after, sessions, kSent + after)) {
      EXPECT_EQ(outcome.intent_id, 7);
      names.emplace_back(OutcomeName(outcome.outcome));
      last_message_ = outcome.message;
    }
    return names;
  }

  UnresolvedCloses open_{kPatience};
  std::string last_message_;
};

TEST_F(UnresolvedClosesTest, GoneIsClosed) {
  AddAlice();
  EXPECT_TRUE(open_.Contains(policy::PairKeyOf("fs01", "10.0.0.5", "ALICE")));
  EXPECT_THAT(Observe(absl::Minutes(1), {Row("bob", 100)}), ElementsAre("closed"));
  EXPECT_FALSE(open_.Contains(policy::PairKeyOf("fs01", "10.0.0.5", "ALICE")));
}

TEST_F(UnresolvedClosesTest, StillThereHasSurvived) {
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("Alice", 7501)}), ElementsAre("survived"));
}

TEST_F(UnresolvedClosesTest, AYoungerSessionMeansClosed) {
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("alice", 60)}), ElementsAre("closed"));  // back after four minutes
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("alice", 270)}), ElementsAre("closed", "returned"));
}

TEST_F(UnresolvedClosesTest, OneOldSessionAmongYoungOnesHasSurvived) {
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("alice", 60), Row("alice", 7501)}), ElementsAre("survived"));
}

TEST_F(UnresolvedClosesTest, StillThereProvesNothingUntilTheCloseHadItsTime) {
  AddAlice();
  EXPECT_THAT(Observe(kPatience - absl::Nanoseconds(1), {Row("alice", 7210)}), IsEmpty());
  EXPECT_THAT(open_.size(), 1u);
  EXPECT_THAT(Observe(kPatience, {Row("alice", 7210)}), ElementsAre("survived"));
}

TEST_F(UnresolvedClosesTest, AnEnumerationFromBeforeTheCloseTellsNothing) {
  AddAlice();
  EXPECT_THAT(Observe(absl::Nanoseconds(-1), {Row("bob", 5)}), IsEmpty());
  EXPECT_THAT(Observe(absl::ZeroDuration(), {Row("bob", 5)}), ElementsAre("closed"));
}

TEST_F(UnresolvedClosesTest, AnEmptyServerIsBelievedTheSecondTime) {
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(1), {}), IsEmpty());
  EXPECT_THAT(Observe(absl::Minutes(2), {}), ElementsAre("closed"));
}

TEST_F(UnresolvedClosesTest, AServerThatWasEmptyOnceHasItsSessionsStill) {
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(1), {}), IsEmpty());
  EXPECT_THAT(Observe(absl::Minutes(2), {Row("alice", 7321)}), ElementsAre("survived"));
}

TEST_F(UnresolvedClosesTest, WithoutAgesNobodyCanTell) {
  AddAlice(std::nullopt);
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("alice", 60)}), ElementsAre("failed"));
  EXPECT_THAT(last_message_, HasSubstr("nobody can tell"));
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("alice", std::nullopt)}), ElementsAre("failed"));
  AddAlice(std::nullopt);
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("bob", 60)}), ElementsAre("closed"));  // gone is gone
}

TEST_F(UnresolvedClosesTest, OtherServersTellNothing) {
  AddAlice();
  EXPECT_THAT(Observe(absl::Minutes(5), {Row("bob", 60)}, "fs02"), IsEmpty());
  EXPECT_THAT(open_.TakeIf([](const std::string& server) { return server != "fs01"; }), IsEmpty());
  EXPECT_THAT(open_.TakeIf([](const std::string& server) { return server == "fs01"; }), SizeIs(1));
  EXPECT_EQ(open_.size(), 0u);
}

}  // namespace
}  // namespace idlewarden::agent
