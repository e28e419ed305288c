#include "agent/inhibitors/inhibitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "agent/clock/simulated_event_loop.h"

namespace idlewarden::agent {
namespace {

using ::testing::SizeIs;

// Keeps what it is asked until the test answers.
class FakeHttpClient : public HttpClient {
 public:
  struct Asked {
    std::string url;
    absl::Duration timeout;
    Done done;
  };
  explicit FakeHttpClient(std::vector<Asked>& asked) : asked_(asked) {}
  void Get(const std::string& url, absl::Duration timeout, Done done) override {
    asked_.push_back({url, timeout, std::move(done)});
  }

 private:
  std::vector<Asked>& asked_;
};

constexpr char kQuiet[] = R"({"data":{"groups":[{"rules":[{"name":"Backup","state":"inactive","health":"ok"}]}]}})";
constexpr char kFiring[] = R"({"data":{"groups":[{"rules":[{"name":"Backup","state":"firing","health":"ok"}]}]}})";

class InhibitorTest : public ::testing::Test {
 protected:
  Inhibitor Make(InhibitorOptions::Source source = InhibitorOptions::Source::kPrometheus) {
    return Inhibitor(loop_, {.source = source, .url = "http://p", .alerts = {"Backup"}, .every = absl::Seconds(15)},
                     std::make_unique<FakeHttpClient>(asked_), [this] { ++changes_; });
  }
  void Answer(absl::StatusOr<std::string> body) { std::exchange(asked_.back().done, nullptr)(std::move(body)); }

  SimulatedEventLoop loop_;
  std::vector<FakeHttpClient::Asked> asked_;
  int changes_ = 0;
};

TEST_F(InhibitorTest, HoldsUntilSomebodyHasAnswered) {
  const Inhibitor inhibitor = Make();
  ASSERT_THAT(asked_, SizeIs(1));
  EXPECT_EQ(asked_[0].url, "http://p/api/v1/rules?type=alert");
  EXPECT_EQ(inhibitor.reason(), "http://p was not asked yet");
  loop_.AdvanceBy(absl::Seconds(5));
  EXPECT_THAT(asked_, SizeIs(1));  // one question at a time
  Answer(kQuiet);
  EXPECT_EQ(inhibitor.reason(), std::nullopt);
  EXPECT_EQ(changes_, 1);
}

TEST_F(InhibitorTest, HoldsWhileTheAlertFires) {
  const Inhibitor inhibitor = Make();
  Answer(kQuiet);
  loop_.AdvanceBy(absl::Seconds(15));
  ASSERT_THAT(asked_, SizeIs(2));
  Answer(kFiring);
  EXPECT_EQ(inhibitor.reason(), "alert Backup fires (http://p)");
  loop_.AdvanceBy(absl::Seconds(15));
  Answer(kFiring);
  EXPECT_EQ(changes_, 2);  // told once
  loop_.AdvanceBy(absl::Seconds(15));
  Answer(kQuiet);
  EXPECT_EQ(inhibitor.reason(), std::nullopt);
}

TEST_F(InhibitorTest, HoldsWhenNobodyCanTell) {
  const Inhibitor inhibitor = Make();
  Answer(kQuiet);
  loop_.AdvanceBy(absl::Seconds(15));
  Answer(absl::UnavailableError("Connection refused"));
  EXPECT_EQ(inhibitor.reason(), "http://p cannot be asked: Connection refused");
  loop_.AdvanceBy(absl::Seconds(15));
  Answer("<html>");
  EXPECT_EQ(inhibitor.reason(), "http://p: the answer is not one of Prometheus");
  loop_.AdvanceBy(absl::Seconds(15));
  Answer(R"({"data":{"groups":[]}})");
  EXPECT_EQ(inhibitor.reason(), "http://p: no rule defines the alert Backup");
  loop_.AdvanceBy(absl::Seconds(15));
  Answer(kQuiet);
  EXPECT_EQ(inhibitor.reason(), std::nullopt);
}

TEST_F(InhibitorTest, HoldsWhenAnAnswerDoesNotComeInTime) {
  const Inhibitor inhibitor = Make();
  Answer(kQuiet);
  loop_.AdvanceBy(absl::Seconds(15));
  ASSERT_THAT(asked_, SizeIs(2));
  loop_.AdvanceBy(absl::Seconds(6) - absl::Nanoseconds(1));
  EXPECT_EQ(inhibitor.reason(), std::nullopt);
  loop_.AdvanceBy(absl::Nanoseconds(1));
  EXPECT_EQ(inhibitor.reason(), "http://p cannot be asked: no answer within 5s");
  const auto late = std::move(asked_.back().done);
  loop_.AdvanceBy(absl::Seconds(15));
  ASSERT_THAT(asked_, SizeIs(3));
  late(kQuiet);  // to a question of long ago
  EXPECT_NE(inhibitor.reason(), std::nullopt);
  Answer(kQuiet);
  EXPECT_EQ(inhibitor.reason(), std::nullopt);
  EXPECT_EQ(changes_, 3);
}

TEST_F(InhibitorTest, AsksAnAlertmanager) {
  const Inhibitor inhibitor = Make(InhibitorOptions::Source::kAlertmanager);
  EXPECT_EQ(asked_[0].url, "http://p/api/v2/alerts");
  Answer(R"([{"labels":{"alertname":"Backup"}}])");
  EXPECT_EQ(inhibitor.reason(), "alert Backup fires (http://p)");
  loop_.AdvanceBy(absl::Seconds(15));
  Answer("[]");
  EXPECT_EQ(inhibitor.reason(), std::nullopt);
}

}  // namespace
}  // namespace idlewarden::agent
