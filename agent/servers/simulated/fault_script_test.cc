#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_server.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::Session;

// Two sessions behind a FaultServer.
class FaultScriptTest : public testing::Test {
 protected:
  FaultScriptTest() {
    auto inner = std::make_unique<SimulatedServer>(SimulatedServerOptions{.name = "fs01"}, &loop_);
    inner_ = inner.get();
    inner_->AddSession("ws1", "alice", 100, 200);
    inner_->AddSession("ws2", "bob", 10, 50, 2);
    server_ = std::make_unique<FaultServer>(std::move(inner), &loop_);
  }

  // The next enumeration's answer; nullopt if it is not there at once.
  std::optional<absl::StatusOr<Enumeration>> Enumerate() {
    auto answer = std::make_shared<std::optional<absl::StatusOr<Enumeration>>>();
    server_->Enumerate({.timeout = absl::Seconds(10)}, [answer](absl::StatusOr<Enumeration> got) { *answer = got; });
    return *answer;
  }
  std::vector<Session> Rows() {
    const auto answer = Enumerate();
    EXPECT_TRUE(answer.has_value() && answer->ok());
    return answer.has_value() && answer->ok() ? (*answer)->sessions : std::vector<Session>();
  }
  absl::Status EnumerateError() {
    const auto answer = Enumerate();
    return answer.has_value() ? answer->status() : absl::UnknownError("no answer yet");
  }
  absl::Status Close() {
    absl::Status result = absl::UnknownError("no answer yet");
    server_->Close({.client = "ws1", .user = "alice"}, [&](absl::Status status) { result = status; });
    return result;
  }
  void Add(FaultKind kind, int64_t amount = 0) { server_->faults().Add({.kind = kind, .amount = amount}); }

  SimulatedEventLoop loop_;
  SimulatedServer* inner_ = nullptr;
  std::unique_ptr<FaultServer> server_;
};

TEST_F(FaultScriptTest, ForwardsWithoutFaults) {
  EXPECT_EQ(server_->name(), "fs01");
  EXPECT_EQ(Rows().size(), 2u);
  EXPECT_TRUE(Close().ok());
  EXPECT_EQ(inner_->closes().size(), 1u);
}

TEST_F(FaultScriptTest, SkipAndCountAreExactAndByCall) {
  Fault fault = WindowsFault(FaultCall::kEnumerate, 87, 2);
  fault.skip = 1;
  server_->faults().Add(fault);
  EXPECT_TRUE(EnumerateError().ok());
  EXPECT_TRUE(Close().ok()) << "closes are not counted by an enumeration's fault";
  EXPECT_EQ(WindowsErrorOf(EnumerateError()), 87u);
  EXPECT_EQ(WindowsErrorOf(EnumerateError()), 87u);
  EXPECT_TRUE(EnumerateError().ok());
}

TEST_F(FaultScriptTest, FaultsFollowEachOther) {
  server_->faults().Add(WindowsFault(FaultCall::kEnumerate, 8));
  server_->faults().Add(WindowsFault(FaultCall::kEnumerate, 234));
  EXPECT_EQ(WindowsErrorOf(EnumerateError()), 8u);
  EXPECT_EQ(WindowsErrorOf(EnumerateError()), 234u);
  EXPECT_TRUE(EnumerateError().ok());
}

TEST_F(FaultScriptTest, ForeverLastsUntilCleared) {
  server_->faults().Add(TransportFault(FaultCall::kEnumerate, "refused", Fault::kForever));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(CauseOf(EnumerateError()), "refused");
  server_->faults().Clear();
  EXPECT_TRUE(EnumerateError().ok());
}

TEST_F(FaultScriptTest, WindowsErrorsHaveTheirCauses) {
  for (const uint32_t error : {5u, 8u, 87u, 124u, 234u, 2221u, 2312u}) {
    server_->faults().Add(WindowsFault(FaultCall::kClose, error));
    const absl::Status status = Close();
    EXPECT_EQ(WindowsErrorOf(status), error);
    EXPECT_EQ(CauseOf(status), error == 5 ? "access-denied" : "server-error");
  }
  EXPECT_TRUE(inner_->closes().empty());
}

TEST_F(FaultScriptTest, TimeoutComesAtTheRequestsTimeout) {
  Add(FaultKind::kTimeout);
  absl::Status status;
  bool called = false;
  server_->Enumerate({.timeout = absl::Seconds(3)}, [&](absl::StatusOr<Enumeration> answer) {
    called = true;
    status = answer.status();
  });
  loop_.AdvanceBy(absl::Seconds(3) - absl::Nanoseconds(1));
  EXPECT_FALSE(called);
  loop_.AdvanceBy(absl::Nanoseconds(1));
  EXPECT_TRUE(called);
  EXPECT_EQ(CauseOf(status), "timeout");
}

TEST_F(FaultScriptTest, HangIsAnsweredWhenReleased) {
  Add(FaultKind::kHang);
  absl::Status status;
  server_->Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { status = answer.status(); });
  loop_.AdvanceBy(absl::Hours(100));
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(server_->faults().pending(), 1u);
  server_->faults().ReleaseHung();
  EXPECT_EQ(CauseOf(status), "timeout");
  EXPECT_EQ(server_->faults().pending(), 0u);
}

TEST_F(FaultScriptTest, HangIsAnsweredWhenDestroyed) {
  Add(FaultKind::kHang);
  absl::Status status;
  server_->Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { status = answer.status(); });
  server_.reset();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

TEST_F(FaultScriptTest, DelayThenTheUsualAnswer) {
  server_->faults().Add({.kind = FaultKind::kDelay, .delay = absl::Seconds(2)});
  size_t rows = 0;
  server_->Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { rows = answer->sessions.size(); });
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(rows, 0u);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(rows, 2u);
}

TEST_F(FaultScriptTest, FalsifiedEnumerations) {
  Add(FaultKind::kHalfReply);
  EXPECT_EQ(CauseOf(EnumerateError()), "protocol");
  Add(FaultKind::kEmpty);
  EXPECT_TRUE(Rows().empty());
  Add(FaultKind::kDuplicateRows);
  EXPECT_EQ(Rows().size(), 4u);
  Add(FaultKind::kManyRows, 10000);
  EXPECT_EQ(Rows().size(), 10000u);
  Add(FaultKind::kIdleJump, 5000);
  EXPECT_EQ(Rows()[0].idle_seconds, 5100);
  Add(FaultKind::kIdleJump, -5000);
  EXPECT_EQ(Rows()[0].idle_seconds, 0);
  Add(FaultKind::kAgeJump, -150);
  EXPECT_EQ(Rows()[0].age_seconds, 50);
  Add(FaultKind::kAllZeroIdle);
  EXPECT_EQ(Rows()[0].idle_seconds, 0);
  Add(FaultKind::kAbsurdValues);
  EXPECT_EQ(Rows()[0].age_seconds, 4294967295);
  Add(FaultKind::kNoIdle);
  EXPECT_EQ(Rows()[0].idle_seconds, std::nullopt);
  EXPECT_EQ(Rows()[0].idle_seconds, 100) << "the server itself is as it was";
}

TEST_F(FaultScriptTest, AFalsifiedErrorStaysTheServersError) {
  Add(FaultKind::kDuplicateRows);
  inner_->faults().Add(WindowsFault(FaultCall::kEnumerate, 5));
  EXPECT_EQ(WindowsErrorOf(EnumerateError()), 5u);
}

TEST_F(FaultScriptTest, LostReplyDoesItAndIgnoredDoesNot) {
  server_->faults().Add({.call = FaultCall::kClose, .kind = FaultKind::kIgnored});
  EXPECT_TRUE(Close().ok());
  EXPECT_EQ(Rows().size(), 2u);
  server_->faults().Add({.call = FaultCall::kClose,
                         .kind = FaultKind::kLostReply,
                         .error = ServerError(absl::StatusCode::kUnavailable, "disconnected", 0, "cut")});
  EXPECT_EQ(CauseOf(Close()), "disconnected");
  EXPECT_EQ(Rows().size(), 1u);
}

}  // namespace
}  // namespace idlewarden::agent
