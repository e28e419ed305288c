// SPDX-License-Identifier: GPL-3.0-or-later

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/smb_worker/fake_loop.h"
#include "agent/smb_worker/fake_pipe.h"
#include "agent/smb_worker/server_pool.h"
#include "agent/smb_worker/smb_error.h"
#include "agent/smb_worker/srvsvc.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint32_t kDisconnected = 0xC000020C;

class ServerLinkTest : public testing::Test {
 protected:
  ServerTarget Target(const std::string& password = "secret") {
    ServerTarget target;
    target.name = "fs1";
    target.address = "10.0.0.5";
    target.user = "svc";
    target.password = password;
    return target;
  }

  TimePoint In(std::chrono::milliseconds time) { return loop_.Now() + time; }

  std::optional<absl::StatusOr<EnumerateAnswer>>& Enumerate(const ServerTarget& target,
                                                            std::chrono::milliseconds timeout) {
    auto& answer = *answers_.emplace_back(std::make_unique<std::optional<absl::StatusOr<EnumerateAnswer>>>());
    handles_.push_back(pool_.Enumerate(target, "", "", In(timeout), [&answer](auto got) { answer = std::move(got); }));
    return answer;
  }

  absl::Status EnumerateNow() {
    auto& answer = Enumerate(Target(), std::chrono::seconds(10));
    loop_.RunPending();
    return answer ? answer->status() : absl::UnknownError("not done");
  }

  std::optional<absl::Status>& Close(std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    auto& outcome = *outcomes_.emplace_back(std::make_unique<std::optional<absl::Status>>());
    handles_.push_back(pool_.Close(Target(), "10.0.0.1", "alice", In(timeout),
                                   [&outcome](const absl::Status& got) { outcome = got; }));
    loop_.RunPending();
    return outcome;
  }

  void Answers(uint32_t level = 502) { server_.replies.emplace_back(FakeEnumReply(level, {{"10.0.0.1", "alice"}})); }
  void Cuts() { server_.replies.emplace_back(NtError(kDisconnected, "calling")); }

  std::vector<uint16_t> Opnums() const {
    std::vector<uint16_t> opnums;
    for (const FakeServer::Seen& call : server_.calls) opnums.push_back(call.opnum);
    return opnums;
  }

  FakeLoop loop_;
  FakeServer server_;
  FakeConnector connector_{&loop_, &server_};
  std::vector<std::unique_ptr<std::optional<absl::StatusOr<EnumerateAnswer>>>> answers_;
  std::vector<std::unique_ptr<std::optional<absl::Status>>> outcomes_;
  std::vector<ServerPool::CallHandle> handles_;
  ServerPool pool_{&loop_, &connector_};
};

TEST_F(ServerLinkTest, TheConnectionIsKeptAndOneselfIsNamed) {
  Answers();
  Answers();
  auto& first = Enumerate(Target(), std::chrono::seconds(1));
  loop_.RunPending();
  ASSERT_TRUE(first->ok());
  EXPECT_EQ((*first)->own.user, "svc");
  EXPECT_EQ((*first)->own.address, "192.0.2.1");
  EXPECT_TRUE(EnumerateNow().ok());
  EXPECT_THAT(server_.targets, SizeIs(1));
}

TEST_F(ServerLinkTest, OtherCredentialsMeanAnotherConnection) {
  Answers();
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  Enumerate(Target("changed"), std::chrono::seconds(1));
  loop_.RunPending();
  ASSERT_THAT(server_.targets, SizeIs(2));
  EXPECT_EQ(server_.targets[1].password, "changed");
  EXPECT_EQ(server_.open_connections, 1);
}

TEST_F(ServerLinkTest, AnEnumerationOverACutConnectionIsTriedOnceMore) {
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  Cuts();
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  EXPECT_THAT(server_.targets, SizeIs(2));
  Cuts();
  Cuts();
  EXPECT_TRUE(IsCause(EnumerateNow(), Cause::kDisconnected));
  EXPECT_THAT(server_.targets, SizeIs(3));
}

TEST_F(ServerLinkTest, AnEnumerationOverAFreshConnectionIsNotTriedAgain) {
  Cuts();
  Answers();
  EXPECT_TRUE(IsCause(EnumerateNow(), Cause::kDisconnected));
  EXPECT_THAT(server_.targets, SizeIs(1));
}

TEST_F(ServerLinkTest, ACutConnectIsTriedOnceMoreAndARefusedOneIsNot) {
  server_.connects = {NtError(kDisconnected, "x")};
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  pool_.Cancel(handles_.back(), absl::OkStatus());  // over already: nothing happens
  server_.replies.clear();
  server_.targets.clear();
  Cuts();
  server_.connects = {SmbError({Cause::kRefused, 0, 0}, "refused")};
  EXPECT_TRUE(IsCause(EnumerateNow(), Cause::kRefused));
  EXPECT_THAT(server_.targets, SizeIs(1));
}

TEST_F(ServerLinkTest, AnErrorNumberKeepsTheConnection) {
  server_.replies.emplace_back(FakeEnumReply(502, {}, 8));
  Answers();
  EXPECT_FALSE(EnumerateNow().ok());
  EXPECT_TRUE(EnumerateNow().ok());
  EXPECT_THAT(server_.targets, SizeIs(1));
}

TEST_F(ServerLinkTest, AMalformedReplyEndsTheConnection) {
  server_.replies.emplace_back("garbage");
  EXPECT_TRUE(IsCause(EnumerateNow(), Cause::kProtocol));
  EXPECT_EQ(server_.open_connections, 0);
}

TEST_F(ServerLinkTest, TheLevelIsRememberedForAWhile) {
  server_.replies.emplace_back(FakeEnumReply(502, {}, 124));
  Answers(2);
  EXPECT_TRUE(EnumerateNow().ok());
  Answers(2);
  EXPECT_TRUE(EnumerateNow().ok());
  EXPECT_THAT(server_.calls, SizeIs(3));
  for (int i = 0; i < 12; ++i) {  // used all the time, so that the connection stays
    Answers(2);
    loop_.Advance(std::chrono::minutes(5));
    ASSERT_TRUE(EnumerateNow().ok());
  }
  loop_.Advance(std::chrono::minutes(5));
  Answers(502);
  EXPECT_TRUE(EnumerateNow().ok());
}

TEST_F(ServerLinkTest, ALevelThatIsRefusedForTheMomentIsTriedAgain) {
  Answers(502);
  EXPECT_TRUE(EnumerateNow().ok());
  for (int i = 0; i < 2; ++i) {
    // The known level, then all from the top; the second time from the top at once.
    for (int refused = i == 0 ? 2 : 1; refused > 0; --refused) {
      server_.replies.emplace_back(FakeEnumReply(502, {}, 5));
    }
    Answers(2);
    EXPECT_TRUE(EnumerateNow().ok());
  }
  Answers(502);
  EXPECT_TRUE(EnumerateNow().ok());
  const size_t before = server_.calls.size();
  Answers(502);
  EXPECT_TRUE(EnumerateNow().ok());
  EXPECT_THAT(server_.calls, SizeIs(before + 1));
}

TEST_F(ServerLinkTest, ANewConnectionMayReachAnotherServer) {
  Answers(502);
  EXPECT_TRUE(EnumerateNow().ok());
  ServerTarget moved = Target();
  moved.address = "10.0.0.6";
  for (const uint32_t level : {502u, 2u}) server_.replies.emplace_back(FakeEnumReply(level, {}, 124));
  Answers(1);
  server_.replies.emplace_back(FakeEnumReply(10, {}, 124));
  auto& answer = Enumerate(moved, std::chrono::seconds(10));
  loop_.RunPending();
  ASSERT_TRUE(answer.has_value());
  ASSERT_TRUE(answer->ok()) << answer->status();
  EXPECT_TRUE((*answer)->result.known.samba_like);
}

TEST_F(ServerLinkTest, WhatAServerAnsweredIsForgottenWithItsConnection) {
  server_.replies.emplace_back(FakeEnumReply(502, {}, 124));
  Answers(2);
  EXPECT_TRUE(EnumerateNow().ok());
  server_.replies.emplace_back(std::nullopt);
  Close(std::chrono::seconds(1));
  loop_.Advance(std::chrono::seconds(1));  // the connection ends with the hanging call
  EXPECT_EQ(server_.open_connections, 0);
  Answers(502);  // and another server answers
  EXPECT_TRUE(EnumerateNow().ok());
}

TEST_F(ServerLinkTest, ACloseIsNeverSentTwice) {
  Cuts();
  const auto& outcome = Close();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(IsCause(*outcome, Cause::kDisconnected));
  EXPECT_THAT(Opnums(), ElementsAre(kOpnumSessionDel));
}

TEST_F(ServerLinkTest, ACloseGivesTheServersNumber) {
  server_.replies.emplace_back(FakeDelReply(2312));
  EXPECT_EQ(InfoOf(*Close()).windows_error, 2312u);
  server_.replies.emplace_back(FakeDelReply(0));
  EXPECT_TRUE(Close()->ok());
  EXPECT_THAT(server_.targets, SizeIs(1));
}

TEST_F(ServerLinkTest, NothingIsSentOnceTheTimeIsOver) {
  // The loop is held up while the connect's answer waits; only then come the answer and, later, the deadline's timer.
  std::optional<absl::Status> outcome;
  pool_.Close(Target(), "10.0.0.1", "alice", In(std::chrono::seconds(1)),
              [&](const absl::Status& got) { outcome = got; });
  auto& answer = Enumerate(Target(), std::chrono::seconds(1));
  loop_.Block(std::chrono::seconds(1));
  loop_.RunPending();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(IsCause(*outcome, Cause::kTimeout));
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(IsCause(answer->status(), Cause::kTimeout));
  EXPECT_THAT(Opnums(), IsEmpty());
}

TEST_F(ServerLinkTest, NoConnectIsBegunOnceTheTimeIsOver) {
  auto& answer = Enumerate(Target(), std::chrono::seconds(0));
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(IsCause(answer->status(), Cause::kTimeout));
  EXPECT_THAT(server_.targets, IsEmpty());
}

TEST_F(ServerLinkTest, ALookThatTookAllTheTimeIsFollowedByNoClose) {
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  server_.calls.clear();
  loop_.Advance(std::chrono::seconds(30));
  server_.replies.emplace_back(NtError(0xC002002E, "calling"));
  std::optional<absl::Status> outcome;
  pool_.Close(Target(), "10.0.0.1", "alice", In(std::chrono::seconds(1)),
              [&](const absl::Status& got) { outcome = got; });
  loop_.Block(std::chrono::seconds(2));
  loop_.RunPending();
  EXPECT_TRUE(IsCause(*outcome, Cause::kTimeout));
  EXPECT_THAT(Opnums(), ElementsAre(kOpnumRemoteTod));
}

TEST_F(ServerLinkTest, NothingIsSentForACallerThatHasGone) {
  server_.replies.emplace_back(FakeEnumReply(502, {}));
  Enumerate(Target(), std::chrono::seconds(5));  // the close waits for it
  const auto given_up = std::make_shared<std::atomic<bool>>(false);
  std::optional<absl::Status> outcome;
  pool_.Close(Target(), "10.0.0.1", "alice", {In(std::chrono::seconds(5)), given_up},
              [&](const absl::Status& got) { outcome = got; });
  given_up->store(true);  // by another thread, whose task comes after the answer
  loop_.RunPending();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(Opnums(), ElementsAre(kOpnumSessionEnum));
}

TEST_F(ServerLinkTest, AnUnusedConnectionIsLookedAtBeforeAClose) {
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  server_.calls.clear();
  loop_.Advance(std::chrono::seconds(30));
  server_.replies.emplace_back(NtError(0xC002002E, "calling"));  // unknown call: alive
  server_.replies.emplace_back(FakeDelReply(0));
  EXPECT_TRUE(Close()->ok());
  EXPECT_THAT(Opnums(), ElementsAre(kOpnumRemoteTod, kOpnumSessionDel));
  EXPECT_THAT(server_.targets, SizeIs(1));
}

TEST_F(ServerLinkTest, AConnectionFoundCutBeforeACloseIsMadeAnew) {
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  server_.calls.clear();
  loop_.Advance(std::chrono::seconds(30));
  Cuts();
  server_.replies.emplace_back(FakeDelReply(0));
  EXPECT_TRUE(Close()->ok());
  EXPECT_THAT(Opnums(), ElementsAre(kOpnumRemoteTod, kOpnumSessionDel));
  EXPECT_EQ(server_.calls[1].connection, 2);
}

TEST_F(ServerLinkTest, ACloseRightAfterAnEnumerationNeedsNoLook) {
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  server_.replies.emplace_back(FakeDelReply(0));
  EXPECT_TRUE(Close()->ok());
  EXPECT_THAT(Opnums(), ElementsAre(kOpnumSessionEnum, kOpnumSessionDel));
}

TEST_F(ServerLinkTest, ADeadlineEndsAConnectAndSaysSo) {
  server_.connects = {std::nullopt};
  auto& answer = Enumerate(Target(), std::chrono::seconds(3));
  loop_.Advance(std::chrono::milliseconds(2999));
  EXPECT_FALSE(answer.has_value());
  loop_.Advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(IsCause(answer->status(), Cause::kTimeout));
  EXPECT_THAT(std::string(answer->status().message()), HasSubstr("connecting"));
}

TEST_F(ServerLinkTest, ADeadlineEndsACallAndItsConnection) {
  server_.replies.emplace_back(std::nullopt);
  auto& answer = Enumerate(Target(), std::chrono::seconds(3));
  loop_.Advance(std::chrono::seconds(3));
  EXPECT_TRUE(IsCause(answer->status(), Cause::kTimeout));
  EXPECT_EQ(server_.open_connections, 0);
}

TEST_F(ServerLinkTest, CallsWaitForOneAnotherAndADeadlineCountsWhileWaiting) {
  server_.replies.emplace_back(std::nullopt);
  auto& first = Enumerate(Target(), std::chrono::seconds(5));
  auto& second = Enumerate(Target(), std::chrono::seconds(2));
  auto& third = Enumerate(Target(), std::chrono::seconds(10));
  loop_.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(first.has_value());
  EXPECT_TRUE(IsCause(second->status(), Cause::kTimeout));
  EXPECT_THAT(std::string(second->status().message()), HasSubstr("earlier call"));
  Answers();
  loop_.Advance(std::chrono::seconds(3));
  EXPECT_TRUE(IsCause(first->status(), Cause::kTimeout));
  ASSERT_TRUE(third.has_value());
  EXPECT_TRUE(third->ok());
}

TEST_F(ServerLinkTest, ACancelledCallFreesTheServerForTheNext) {
  server_.replies.emplace_back(std::nullopt);
  auto& first = Enumerate(Target(), std::chrono::seconds(5));
  loop_.RunPending();
  Answers();
  pool_.Cancel(handles_[0], absl::CancelledError("given up"));
  EXPECT_EQ(first->status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(EnumerateNow().ok());
}

TEST_F(ServerLinkTest, AnUnusedServerIsForgottenWithItsConnection) {
  Answers();
  EXPECT_TRUE(EnumerateNow().ok());
  EXPECT_EQ(pool_.size(), 1u);
  loop_.Advance(ServerLink::kKeepConnection);
  EXPECT_EQ(pool_.size(), 0u);
  EXPECT_EQ(server_.open_connections, 0);
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(ServerLinkTest, DestructionEndsWaitingCalls) {
  server_.connects = {std::nullopt};
  std::optional<absl::Status> outcome;
  {
    ServerPool pool(&loop_, &connector_);
    pool.Close(Target(), "c", "u", In(std::chrono::seconds(5)), [&](const absl::Status& got) { outcome = got; });
  }
  EXPECT_EQ(outcome->code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(loop_.timers(), 0u);
}

}  // namespace
}  // namespace idlewarden::smb
