#include "agent/executor/close_verdict.h"

#include <vector>

#include "agent/servers/server_error.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

policy::Session Aged(std::optional<int64_t> age) {
  policy::Session session;
  session.client = "10.0.0.5";
  session.user = "alice";
  session.age_seconds = age;
  return session;
}

const absl::Status kLost = ServerError(absl::StatusCode::kDeadlineExceeded, "timeout", 0, "no answer");
const absl::Status kNoSuchSession = ServerError(absl::StatusCode::kNotFound, "not-found", 2312, "no such session");
const absl::Status kDenied = ServerError(absl::StatusCode::kPermissionDenied, "access-denied", 5, "denied");

// Rows before, rows now, and whether those before are gone.
struct Case {
  const char* what;
  std::optional<int64_t> least_age_before;
  absl::Duration elapsed;
  std::vector<policy::Session> now;
  bool gone;
};

TEST(CloseVerdictTest, OnlyAYoungerSessionIsANewOne) {
  const Case cases[] = {
      {"nobody is there", 100, absl::Seconds(2), {}, true},
      {"the same one, two seconds older", 100, absl::Seconds(2), {Aged(102)}, false},
      {"the same one, rounded down by a second", 100, absl::Seconds(2), {Aged(101)}, false},
      {"a new one", 100, absl::Seconds(2), {Aged(1)}, true},
      {"a new one that is as old as the first was, much later", 100, absl::Minutes(10), {Aged(100)}, true},
      {"a new one beside the old one", 100, absl::Seconds(2), {Aged(1), Aged(102)}, false},
      {"its age is not reported", 100, absl::Seconds(2), {Aged(std::nullopt)}, false},
      {"ages were not reported before", std::nullopt, absl::Seconds(2), {Aged(1)}, false},
      {"no ages at all, and nobody is there", std::nullopt, absl::Seconds(2), {}, true},
      {"a session of a second cannot be told from its successor", 1, absl::ZeroDuration(), {Aged(0)}, false},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(AreGone({test.least_age_before, test.elapsed, test.now}), test.gone) << test.what;
  }
}

struct AnswerCase {
  absl::Status answer;
  Outcome gone;
  bool gone_returned;  // where the pair is back
  Outcome still_there;
};

TEST(CloseVerdictTest, WhatIsSeenDecidesAndTheAnswerOnlyTellsWhoDidIt) {
  const AnswerCase cases[] = {
      {absl::OkStatus(), Outcome::kClosed, true, Outcome::kSurvived},
      {kLost, Outcome::kClosed, true, Outcome::kFailed},
      {kNoSuchSession, Outcome::kGoneAlready, false, Outcome::kFailed},
      {kDenied, Outcome::kGoneAlready, false, Outcome::kDenied},
  };
  for (const AnswerCase& test : cases) {
    EXPECT_EQ(VerifyGone(test.answer, true).outcome, test.gone) << test.answer;
    EXPECT_EQ(VerifyGone(test.answer, true).returned, test.gone_returned) << test.answer;
    EXPECT_FALSE(VerifyGone(test.answer, false).returned) << test.answer;
    EXPECT_EQ(VerifyStillThere(test.answer).outcome, test.still_there) << test.answer;
    EXPECT_FALSE(VerifyStillThere(test.answer).returned) << test.answer;
    EXPECT_EQ(VerifyUnseen(test.answer).outcome, Outcome::kFailed) << test.answer;
    EXPECT_FALSE(VerifyUnseen(test.answer).message.empty());
  }
}

TEST(CloseVerdictTest, AnUnansweredCloseIsJudgedByAgesAlone) {
  EXPECT_EQ(VerifyUnanswered(/*gone=*/true, /*ages_known=*/true).outcome, Outcome::kClosed);
  EXPECT_EQ(VerifyUnanswered(/*gone=*/true, /*ages_known=*/false).outcome, Outcome::kClosed);
  EXPECT_EQ(VerifyUnanswered(/*gone=*/false, /*ages_known=*/true).outcome, Outcome::kSurvived);
  EXPECT_EQ(VerifyUnanswered(/*gone=*/false, /*ages_known=*/false).outcome, Outcome::kFailed);
}

TEST(CloseVerdictTest, AReturnBeganWithinAMinuteOfTheClose) {
  EXPECT_TRUE(IsReturn(Aged(0), 100, absl::Seconds(60)));
  EXPECT_FALSE(IsReturn(Aged(0), 100, absl::Seconds(61)));
  EXPECT_TRUE(IsReturn(Aged(540), 100, absl::Seconds(600)));
  EXPECT_FALSE(IsReturn(Aged(539), 100, absl::Seconds(600)));
  EXPECT_TRUE(IsReturn(Aged(std::nullopt), 100, absl::Seconds(60)));
  EXPECT_FALSE(IsReturn(Aged(std::nullopt), 100, absl::Seconds(61)));
  EXPECT_TRUE(IsReturn(Aged(30), std::nullopt, absl::Seconds(60)));
  EXPECT_FALSE(IsReturn(Aged(30), std::nullopt, absl::Seconds(61)));
}

}  // namespace
}  // namespace idlewarden::agent
