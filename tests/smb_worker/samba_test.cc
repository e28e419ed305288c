// The worker against a real smbd with real client sessions.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/smb_worker/peer_process.h"
#include "tests/smb_worker/worker_under_test.h"

namespace idlewarden::tests {
namespace {

using ::testing::Contains;
using ::testing::Not;

class SambaTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!peer_.skip_reason().empty()) GTEST_SKIP() << peer_.skip_reason();
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
  EXPECT_TRUE(peer_.Do("wait_closed", R"({"session": 0, "seconds": 10})").GetBool());
  EXPECT_TRUE(peer_.Do("works", R"({"session": 1})").GetBool());
  EXPECT_THAT(worker_.Enumerate(TargetOf(peer_)).pairs(), Not(Contains("127.0.0.51/alice")));
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
  EXPECT_EQ(worker_.Enumerate(TargetOf(peer_)).cause(), "refused");
}

}  // namespace
}  // namespace idlewarden::tests
