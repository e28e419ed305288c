// The worker against a real smbd with real client sessions.

#include <chrono>
#include <functional>
#include <future>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/smb_worker/peer_process.h"
#include "tests/smb_worker/worker_under_test.h"

namespace idlewarden::tests {
namespace {

using ::testing::Contains;
using ::testing::Matches;

class SambaTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!peer_.skip_reason().empty()) GTEST_SKIP() << peer_.skip_reason();
  }

  // Enumerates until the outcome is as wanted, and returns that one, or after a minute the last.
  Outcome EnumerateUntil(const std::function<bool(const Outcome&)>& wanted) {
    std::promise<void> never;
    std::future<void> pause = never.get_future();
    Outcome outcome = worker_.Enumerate(TargetOf(peer_));
    for (int asked = 0; asked < 600 && !wanted(outcome); ++asked) {
      pause.wait_for(std::chrono::milliseconds(100));
      outcome = worker_.Enumerate(TargetOf(peer_));
    }
    return outcome;
  }

  PeerProcess peer_{"samba", R"({"users": {"alice": "a-pass", "bob": "b-pass"}})"};
  WorkerUnderTest worker_;
};

TEST_F(SambaTest, IsRecognisedAndItsSessionsAreListed) {
  peer_.Do("open_session", R"({"user": "alice", "client_address": "127.0.0.51"})");
  const Outcome outcome = worker_.Enumerate(TargetOf(peer_));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_EQ(outcome.response.level(), 1u);
  EXPECT_TRUE(outcome.response.samba_like());
  EXPECT_THAT(outcome.pairs(), Contains("127.0.0.51/alice"));
  // The worker's own session, as it says itself.
  EXPECT_THAT(outcome.pairs(), Contains(outcome.response.own().address() + "/" + outcome.response.own().user()));
  EXPECT_TRUE(worker_.Enumerate(TargetOf(peer_)).response.samba_like());
}

TEST_F(SambaTest, AClosedSessionIsSeenByItsClientAndOthersStay) {
  peer_.Do("open_session", R"({"user": "alice", "client_address": "127.0.0.51"})");
  peer_.Do("open_session", R"({"user": "bob", "client_address": "127.0.0.52"})");
  const Outcome outcome = worker_.Close(TargetOf(peer_), "127.0.0.51", "alice");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_TRUE(peer_.Do("wait_closed", R"({"session": 0, "seconds": 60})").GetBool());
  EXPECT_TRUE(peer_.Do("works", R"({"session": 1})").GetBool());
  // smbd ends the connection first, and its list follows.
  const auto gone = [](const Outcome& seen) {
    return seen.status.ok() && !Matches(Contains("127.0.0.51/alice"))(seen.pairs());
  };
  const Outcome after = EnumerateUntil(gone);
  EXPECT_TRUE(gone(after)) << after.status.error_message();
  EXPECT_THAT(after.pairs(), Contains("127.0.0.52/bob"));
}

TEST_F(SambaTest, NothingMatchedIsErrorFive) {
  const Outcome outcome = worker_.Close(TargetOf(peer_), "192.0.2.1", "nobody-here");
  EXPECT_EQ(outcome.detail.windows_error(), 5u);
  EXPECT_EQ(outcome.cause(), "access-denied");
}

TEST_F(SambaTest, AUserWithoutRightsIsDenied) {
  backend::v1::Target target = TargetOf(peer_);
  target.mutable_credentials()->set_user("alice");
  target.mutable_credentials()->set_password("a-pass");
  const Outcome outcome = worker_.Enumerate(target);
  EXPECT_EQ(outcome.detail.windows_error(), 5u);
  EXPECT_EQ(outcome.cause(), "access-denied");
}

TEST_F(SambaTest, AKilledServerIsRefusedOrDisconnected) {
  ASSERT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "ok");
  peer_.Do("kill");
  const std::string cause = worker_.Enumerate(TargetOf(peer_)).cause();
  EXPECT_TRUE(cause == "refused" || cause == "disconnected") << cause;
  const auto refused = [](const Outcome& seen) { return seen.cause() == "refused"; };
  EXPECT_EQ(EnumerateUntil(refused).cause(), "refused");
}

}  // namespace
}  // namespace idlewarden::tests
